import type { Channel } from "../../../src/core/otp/message.ts";

const sid = (prefix: string, digit: string): string => prefix + digit.repeat(32);

/** The account at the stand-in: what it knows, and what a gateway has to be set up with. */
export const TWILIO_ACCOUNT = {
  accountSid: sid("AC", "a"),
  authToken: "4f1c7a9d3be8265074d1ac9f3e6b8205",
  messagingServiceSid: sid("MG", "c"),
  from: "+15005550006",
  voiceFrom: "+15005550007",
  whatsappFrom: "+15005550008",
  whatsappContentSid: sid("HX", "d"),
  verifyServiceSid: sid("VA", "e"),
} as const;

/** Phones that Twilio refuses, as its test credentials do: https://www.twilio.com/docs/iam/test-credentials */
export const REFUSED_PHONES: ReadonlyMap<string, number> = new Map([
  ["+15005550001", 21211],
  ["+15005550002", 21612],
  ["+15005550003", 21408],
  ["+15005550004", 21610],
  ["+15005550009", 21614],
]);

export type Form = Readonly<Record<string, string>>;

/** One message that Twilio took on: a person gets it, whatever the client is told. */
export interface AcceptedMessage {
  readonly sid: string;
  readonly channel: Channel;
  /** E.164, without `whatsapp:`. */
  readonly to: string;
  /** The code that the person reads or hears. */
  readonly code: string;
  readonly form: Form;
}

export interface TwilioOutcome {
  readonly status: number;
  readonly body: object;
  readonly accepted?: AcceptedMessage;
}

const STATUS_OF: Readonly<Record<number, number>> = {
  20003: 401,
  20004: 405,
  20404: 404,
  20429: 429,
  20500: 500,
  20503: 503,
  60202: 429,
  60203: 429,
  60212: 429,
  60605: 403,
};

/** Twilio's error body; it quotes what it refuses, as the real one does. */
export function refusal(code: number, message: string): TwilioOutcome {
  const status = STATUS_OF[code] ?? 400;
  const more_info = `https://www.twilio.com/docs/errors/${code}`;
  return { status, body: { code, message, more_info, status } };
}

export function randomSid(prefix: "SM" | "CA" | "VE" | "VL"): string {
  return prefix + crypto.randomUUID().replaceAll("-", "");
}

const E164 = /^\+[1-9]\d{7,14}$/;

/** Why a phone cannot be written to, or null. */
export function phoneRefusal(to: string): TwilioOutcome | null {
  const code = E164.test(to) ? REFUSED_PHONES.get(to) : 21211;
  return code === undefined ? null : refusal(code, `The 'To' number ${to} cannot be served.`);
}

/** GET of the account: https://www.twilio.com/docs/iam/api/account */
export const ownAccount = (): TwilioOutcome => ({
  status: 200,
  body: { sid: TWILIO_ACCOUNT.accountSid, status: "active", type: "Full" },
});

/** GET of the Verify service: https://www.twilio.com/docs/verify/api/service */
export const verifyServiceItself = (): TwilioOutcome => ({
  status: 200,
  body: { sid: TWILIO_ACCOUNT.verifyServiceSid, code_length: 6, custom_code_enabled: true },
});
