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
type ViewName = "phone" | "code" | "choice" | "signed-in" | "app" | "broken";

/** Said by any step with a form. */
const ANYWHERE = ["busy", "tooManyTries", "tryLater", "ourFault"] as const;
const FOR_SUPPORT = ["customerStopped", "userInactive", "recordsDisagree"] as const;

/**
 * The problems that each view can say. Each is a state, and so a picture. `offline` is said by the
 * script, on any page. `page-browser.ts` fails a test that meets a pair of another kind.
 */
const SAID_AT: Readonly<Record<ViewName, readonly Exclude<Problem, "offline">[]>> = {
  phone: [
    ...(["phoneUnsupported", "phoneLocked", "tooManyMessages", "smsUnavailable"] as const),
    ...(["stepLost", "codeOver", ...ANYWHERE] as const),
  ],
  code: [
    ...(["codeRejected", "codeOver", "codesExhausted", "notSixDigits", "waitBefore"] as const),
    ...(["phoneLocked", "tooManyMessages", "smsUnavailable", "channelUnavailable"] as const),
    ...FOR_SUPPORT,
    ...ANYWHERE,
  ],
  choice: ["notYours", ...FOR_SUPPORT, ...ANYWHERE],
  "signed-in": ["notYours", ...FOR_SUPPORT, ...ANYWHERE],
  app: ["tryLater", "ourFault"],
  broken: ["fromElsewhere", "stepLost", "tryLater", "ourFault"],
};

const PHONE = "+91 98765 43210";
const STEP = { action: "/login/s/AAAAAAAAAAAA", said: null };

function said(problem: Problem): Said {
  return {
    problem,
    reference: "7KM4XA",
    until: START + 86_400_000 - 60_000,
    ...(problem === "codeRejected" ? { triesLeft: 4 } : {}),
  };
}

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
  isAgain: false,
  ...more,
});
const CHOICES = [
  { id: "c-1", name: "Anil Deshpande", area: "Indiranagar", hint: "12, 100 Feet Road…" },
  { id: "c-2", name: "Rekha Deshpande", area: "Koramangala 5th Block", hint: "Flat 3…" },
];
const OTHERS = [
  { id: "c-3", name: "Rao Provision Store", area: "Koramangala 5th Block", hint: "Shop 3…" },
];
const DEVICES = [
  { sid: "s-1", words: "Chrome, Android", lastUsedAt: START, isThis: true },
  { sid: "s-2", words: "Safari, iPhone", lastUsedAt: START - 86_400_000, isThis: false },
  { sid: "s-3", words: "", lastUsedAt: START - 9 * 86_400_000, isThis: false },
];
const APP = "EarlyBird for Android";
const WHO = { name: "Asha Rao", area: "Indiranagar" };

type Draw = (drawing: Drawing) => View;

const choice = (more: object = {}) => ({ ...STEP, phone: PHONE, choices: CHOICES, ...more });
const signedIn = (more: object = {}) => ({
  ...{ ...STEP, ...WHO, devices: DEVICES, others: OTHERS, askedBy: null },
  ...more,
});

/** Each view with one of its problems. */
const REFUSED: Readonly<Record<ViewName, (drawing: Drawing, said: Said) => View>> = {
  phone: (drawing, said) => phoneView(drawing, phone({ said, typed: "98765 4321" })),
  code: (drawing, said) => codeView(drawing, code({ said })),
  choice: (drawing, said) => choiceView(drawing, choice({ said })),
  "signed-in": (drawing, said) => signedInView(drawing, signedIn({ said })),
  app: (drawing, said) => appView(drawing, { ...STEP, ...WHO, app: APP, said }),
  broken: brokenView,
};

/** Every state that a customer can see, by name: the view, and what is particular about it. */
export const STATES: Readonly<Record<string, Draw>> = {
  phone: (drawing) => phoneView(drawing, phone()),
  "phone-forgot": (drawing) => phoneView({ ...drawing, isForgot: true }, phone()),
  "phone-signed-out": (drawing) => phoneView(drawing, phone({ isSignedOut: true })),
  ...refusedStates("phone"),
  code: (drawing) => codeView(drawing, code()),
  "code-resendable": (drawing) =>
    codeView(drawing, code({ resendAt: 0, channels: ["sms", "call"] })),
  "code-whatsapp": (drawing) => codeView(drawing, code({ channel: "whatsapp" })),
  "code-call": (drawing) => codeView(drawing, code({ channel: "call" })),
  "code-again": (drawing) => codeView(drawing, code({ isAgain: true })),
  ...refusedStates("code"),
  choice: (drawing) => choiceView(drawing, choice()),
  ...refusedStates("choice"),
  "signed-in": (drawing) => signedInView(drawing, signedIn()),
  "signed-in-alone": (drawing) =>
    signedInView(drawing, signedIn({ area: "", others: [], devices: DEVICES.slice(0, 1) })),
  "signed-in-asked-out": (drawing) => signedInView(drawing, signedIn({ askedBy: APP })),
  ...refusedStates("signed-in"),
  app: (drawing) => appView(drawing, { ...STEP, ...WHO, app: APP }),
  ...refusedStates("app"),
  ...refusedStates("broken"),
};

function refusedStates(view: ViewName): Readonly<Record<string, Draw>> {
  return Object.fromEntries(
    SAID_AT[view].map((problem) => [
      `${view}-${problem}`,
      (drawing: Drawing): View => REFUSED[view](drawing, said(problem)),
    ]),
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
