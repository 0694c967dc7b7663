import type { Locale } from "../../core/otp/message.ts";
import { spokenCode } from "../sms/spoken.ts";

export interface Voice {
  readonly voice: string;
  readonly language: string;
}

/**
 * The name of each voice holds its language: Twilio drops a call whose voice does not speak the
 * language (https://www.twilio.com/docs/voice/twiml/say/text-speech). Standard voices cost nothing.
 */
export const VOICES = {
  en: { voice: "Google.en-IN-Standard-A", language: "en-IN" },
  hi: { voice: "Google.hi-IN-Standard-A", language: "hi-IN" },
} as const satisfies Readonly<Record<Locale, Voice>>;

const PAUSE = '<Pause length="1"/>';

/** TwiML that says the code digit by digit, a second apart, and then all of it once more. */
export function callScript(locale: Locale, code: string, brand: string): string {
  const { again, digits, opening } = spokenCode(locale, code, brand);
  const lines = [opening, ...digits, again, ...digits];
  const said = lines.map((line) => `${say(VOICES[locale], line)}${PAUSE}`);
  return `<?xml version="1.0" encoding="UTF-8"?><Response>${PAUSE}${said.join("")}</Response>`;
}

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

/** The brand is the operator's text: it must not end the element, nor hold what XML 1.0 forbids. */
function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
