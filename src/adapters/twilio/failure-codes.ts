import type { ProviderFailure } from "../sms/circuit-sender.ts";
import type { TwilioAnswer } from "./transport.ts";

/** The reason why no message was sent, in stable words; `docs` and `doctor` explain them. */
export type FailureWord =
  | "bad-number"
  | "unreachable"
  | "unsubscribed"
  | "region-not-enabled"
  | "blocked"
  | "trial-account"
  | "verify-max-attempts"
  | "verify-max-sends"
  | "rejected"
  | "auth"
  | "rate-limited"
  | "content-template"
  | "misconfigured"
  | "provider-error"
  | "timeout"
  | "network";

/** https://www.twilio.com/docs/api/errors; any other number is `rejected` or `provider-error`. */
const NUMBERS: Readonly<Partial<Record<FailureWord, readonly number[]>>> = {
  // 60200 names any parameter, but the phone is the only one that differs from send to send.
  "bad-number": [
    21211, 21214, 21217, 21614, 13223, 13224, 60200, 60205, 63003, 63024, 30005, 30006,
  ],
  unreachable: [21612, 30003, 30004, 60600, 60610],
  unsubscribed: [21610],
  "region-not-enabled": [21408, 21215, 21216, 13227, 60220, 60605],
  blocked: [30007, 30450, 60238, 60410],
  "trial-account": [21219, 21608],
  "verify-max-attempts": [60202],
  "verify-max-sends": [60203, 60212],
  auth: [20003, 20005, 20006, 20008, 10001, 30002],
  "rate-limited": [20429, 14107, 21611, 30001, 60207, 63018, 63038],
  "content-template": [
    21655, 21656, 60201, 63005, 63013, 63016, 63021, 63027, 63028, 63040, 63041, 63042,
  ],
  misconfigured: [
    20404, 21210, 21212, 21401, 21602, 21603, 21606, 21607, 21609, 21617, 21659, 21660, 21661,
    21701, 21702, 21703, 21704, 60204, 60217, 60223, 63002, 63007, 63008, 68008,
  ],
};

const WORDS: ReadonlyMap<number, FailureWord> = new Map(
  Object.entries(NUMBERS).flatMap(([word, numbers]) =>
    numbers.map((number) => [number, word as FailureWord] as const),
  ),
);

/** Faults of the provider or of our account there: messages to other phones meet them too. */
const FAULTS: ReadonlySet<FailureWord> = new Set<FailureWord>([
  "auth",
  "rate-limited",
  "content-template",
  "misconfigured",
  "provider-error",
  "timeout",
  "network",
]);

/** The word for one of Twilio's error numbers, as in an answer or a status callback. */
export function failureWord(number: number): FailureWord | null {
  return WORDS.get(number) ?? null;
}

/**
 * The meaning of an answer that accepted nothing. None of its texts are kept: they quote the phone.
 * Codes are such as `bad-number 21211`, `provider-error http-502`, `network ECONNREFUSED`.
 */
export function failureOf(answer: TwilioAnswer): ProviderFailure {
  if (answer.kind === "lost") {
    return { code: [answer.reason, answer.detail].filter(Boolean).join(" "), fault: true };
  }
  const number = errorNumber(answer.body);
  const word = (number === null ? null : failureWord(number)) ?? wordOfStatus(answer.status);
  return { code: `${word} ${number ?? `http-${answer.status}`}`, fault: FAULTS.has(word) };
}

/**
 * Twilio's own number in an error body, or null. Five digits, so that it cannot be a code or a
 * phone that a strange body echoes.
 */
export function errorNumber(body: unknown): number | null {
  if (typeof body !== "object" || body === null || !("code" in body)) return null;
  const { code } = body;
  return Number.isInteger(code) && Number(code) >= 10_000 && Number(code) <= 99_999
    ? Number(code)
    : null;
}

/** A 2xx status comes here when the answer does not name the message. */
function wordOfStatus(status: number): FailureWord {
  if (status === 401 || status === 403) return "auth";
  if (status === 429) return "rate-limited";
  return status >= 400 && status < 500 ? "rejected" : "provider-error";
}
