import type { PageLanguage } from "../../../src/core/login-page.ts";
import { wordsFor } from "../../../src/login/drawing.ts";
import type { PageSite } from "../../../src/login/page-call.ts";
import type { Said } from "../../../src/login/said.ts";
import type { ProblemSentences } from "../../../src/login/sentences.ts";
import { appView } from "../../../src/login/views/app-view.ts";
import { brokenView } from "../../../src/login/views/broken-view.ts";
import { choiceView } from "../../../src/login/views/choice-view.ts";
import { codeView } from "../../../src/login/views/code-view.ts";
import { type Drawing, frame, type View } from "../../../src/login/views/frame.ts";
import { phoneView } from "../../../src/login/views/phone-view.ts";
import { signedInView } from "../../../src/login/views/signed-in-view.ts";
import { FULL_SITE } from "../gateway/every-site.ts";
import { START } from "../gateway/test-gateway.ts";

type Problem = keyof ProblemSentences;

/** Where a problem is said. `offline` is said by the script, on whatever page is shown. */
const AT_PHONE: readonly Exclude<Problem, "offline">[] = [
  ...(["phoneUnsupported", "phoneLocked", "tooManyMessages", "smsUnavailable"] as const),
  ...(["stepLost", "ourFault", "busy"] as const),
];
const AT_CODE: readonly Exclude<Problem, "offline">[] = [
  ...(["codeRejected", "codeOver", "codesExhausted", "notSixDigits", "waitBefore"] as const),
  ...(["tooManyTries", "channelUnavailable", "tryLater"] as const),
  ...(["customerStopped", "userInactive", "recordsDisagree"] as const),
];

const PHONE = "+91 98765 43210";
const STEP = { action: "/login/s/AAAAAAAAAAAA", said: null };

const said = (problem: Problem): Said => ({
  problem,
  reference: "7KM4XA",
  until: START + 86_400_000 - 60_000,
  ...(problem === "codeRejected" ? { triesLeft: 4 } : {}),
});

const phone = (more: object = {}) => ({
  ...STEP,
  action: "/login",
  typed: "",
  countryCode: "+91",
  isSignedOut: false,
  ...more,
});
const code = (more: object = {}) => ({
  ...STEP,
  phone: PHONE,
  channel: "sms" as const,
  channels: ["sms", "whatsapp", "call"] as const,
  resendAt: START + 28_000,
  ...more,
});
const CHOICES = [
  { id: "c-1", name: "Anil Deshpande", area: "Indiranagar", hint: "12, 100 Feet Road…" },
  { id: "c-2", name: "Rekha Deshpande", area: "Koramangala 5th Block", hint: "Flat 3…" },
];
const DEVICES = [
  { sid: "s-1", words: "Chrome, Android", lastUsedAt: START, isThis: true },
  { sid: "s-2", words: "Safari, iPhone", lastUsedAt: START - 86_400_000, isThis: false },
  { sid: "s-3", words: "", lastUsedAt: START - 9 * 86_400_000, isThis: false },
];
const WHO = { name: "Asha Rao", area: "Indiranagar" };

type Draw = (drawing: Drawing) => View;

/** Every state that a customer can see, by name. A problem without a state fails a test. */
export const STATES: Readonly<Record<string, Draw>> = {
  phone: (drawing) => phoneView(drawing, phone()),
  "phone-forgot": (drawing) => phoneView({ ...drawing, isForgot: true }, phone()),
  "phone-signed-out": (drawing) => phoneView(drawing, phone({ isSignedOut: true })),
  ...problems(AT_PHONE, (drawing, problem) =>
    phoneView(drawing, phone({ said: said(problem), typed: "98765 4321" })),
  ),
  code: (drawing) => codeView(drawing, code()),
  "code-resendable": (drawing) =>
    codeView(drawing, code({ resendAt: 0, channels: ["sms", "call"] })),
  "code-whatsapp": (drawing) => codeView(drawing, code({ channel: "whatsapp" })),
  "code-call": (drawing) => codeView(drawing, code({ channel: "call" })),
  ...problems(AT_CODE, (drawing, problem) => codeView(drawing, code({ said: said(problem) }))),
  choice: (drawing) => choiceView(drawing, { ...STEP, phone: PHONE, choices: CHOICES }),
  "choice-notYours": (drawing) =>
    choiceView(drawing, { ...STEP, phone: PHONE, choices: CHOICES, said: said("notYours") }),
  "signed-in": (drawing) =>
    signedInView(drawing, { ...STEP, ...WHO, devices: DEVICES, others: CHOICES.slice(1) }),
  app: (drawing) => appView(drawing, { ...STEP, ...WHO, app: "EarlyBird for Android" }),
  "broken-fromElsewhere": (drawing) => brokenView(drawing, said("fromElsewhere")),
};

function problems(
  names: readonly Problem[],
  draw: (drawing: Drawing, problem: Problem) => View,
): Readonly<Record<string, Draw>> {
  return Object.fromEntries(
    names.map((name) => [`problem-${name}`, (drawing: Drawing): View => draw(drawing, name)]),
  );
}

const SITE: PageSite = {
  ...FULL_SITE,
  supportPhone: "1800 123 4567",
  hasOutbox: false,
  page: {
    ...FULL_SITE.page,
    smsSender: "VM-EARLYB",
    privacyUrl: "https://earlybird.example/privacy",
    termsUrl: "https://earlybird.example/terms",
    languages: ["en", "hi", "kn", "ta", "te", "mr", "bn", "ml", "gu", "pa", "or"],
  },
};

/** A state as HTML, in a language. */
export function drawState(name: string, language: PageLanguage): Promise<string> {
  const draw = STATES[name];
  if (draw === undefined) throw new Error(`no state ${name}`);
  const words = wordsFor({
    site: { ...SITE, page: { ...SITE.page, languages: [language] } },
    gateway: { rules: { phone: { defaultRegion: "IN", allowedCountries: ["IN"] } } },
    cookie: () => undefined,
    header: () => undefined,
  });
  const drawing = { site: SITE, words, now: START, formToken: "", isForgot: false };
  return frame(drawing, draw(drawing));
}
