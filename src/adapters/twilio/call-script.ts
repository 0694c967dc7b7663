import type { Locale } from "../../core/otp/message.ts";
import {
  type SpokenLocale,
  spokenCode,
  spokenGreeting,
  spokenIn,
  spokenOver,
} from "../sms/spoken.ts";

export interface Voice {
  readonly voice: string;
  readonly language: string;
}

/**
 * The name of each voice contains its language: Twilio drops a call with a voice of another
 * language (https://www.twilio.com/docs/voice/twiml/say/text-speech). Standard voices cost nothing.
 */
export const VOICES = {
  en: { voice: "Google.en-IN-Standard-A", language: "en-IN" },
  hi: { voice: "Google.hi-IN-Standard-A", language: "hi-IN" },
} as const satisfies Readonly<Record<SpokenLocale, Voice>>;

const PAUSE = '<Pause length="1"/>';

/** How often a call asks for a key: the first time may come before the phone is at the ear. */
const ASKS = 3;

/**
 * TwiML of a call without a code: after a key press Twilio asks `keyUrl`, and without one the call
 * ends (https://www.twilio.com/docs/voice/twiml/gather). A voicemail would record the code.
 */
export function greetingScript(locale: Locale, brand: string, keyUrl: string): string {
  const { greeting, pressKey } = spokenGreeting(locale, brand);
  const said = `${say(VOICES[spokenIn(locale)], greeting)}${say(VOICES[spokenIn(locale)], pressKey)}`;
  const action = escapeXml(keyUrl);
  const ask = `<Gather input="dtmf" numDigits="1" finishOnKey="" timeout="5" method="POST" action="${action}">${said}</Gather>`;
  return response(`${PAUSE}${ask.repeat(ASKS)}`);
}

/** TwiML that says the code digit by digit, a second apart, and then everything once more. */
export function callScript(locale: Locale, code: string, brand: string): string {
  const { again, digits, opening } = spokenCode(locale, code, brand);
  const lines = [opening, ...digits, again, ...digits];
  const said = lines.map((line) => `${say(VOICES[spokenIn(locale)], line)}${PAUSE}`);
  return response(`${PAUSE}${said.join("")}`);
}

/** TwiML for a key press that came too late. */
export const overScript = (locale: Locale): string =>
  response(say(VOICES[spokenIn(locale)], spokenOver(locale)));

const response = (verbs: string): string =>
  `<?xml version="1.0" encoding="UTF-8"?><Response>${verbs}</Response>`;

function say({ language, voice }: Voice, text: string): string {
  return `<Say voice="${voice}" language="${language}">${escapeXml(text)}</Say>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** The brand is the operator's text: escaped, and without characters that XML 1.0 forbids. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
