import { secondsUntil } from "../core/failure.ts";
import type { PageFailure } from "./page-call.ts";
import type { ProblemSentences } from "./sentences.ts";
import type { Words } from "./words.ts";

/** A refusal for the next page. The step keeps it, so it holds only the sentence's values. */
export interface Said {
  readonly problem: keyof ProblemSentences;
  /**
   * The reference that the customer can read out; the refused request's log line has it as well.
   */
  readonly reference: string;
  readonly triesLeft?: number;
  /** Epoch ms until which the customer must wait. */
  readonly until?: number;
}

/** Problems that support can solve, and no further try of the customer. */
const FOR_SUPPORT: readonly (keyof ProblemSentences)[] = [
  ...(["phoneLocked", "customerStopped", "userInactive"] as const),
  ...(["recordsDisagree", "tooManyMessages"] as const),
];

export const isForSupport = ({ problem }: Said): boolean => FOR_SUPPORT.includes(problem);

/** The sentence for each failure. A failure without one does not compile. */
const SENTENCE_OF: {
  readonly [Reason in PageFailure["reason"]]:
    | keyof ProblemSentences
    | ((failure: Extract<PageFailure, { reason: Reason }>) => keyof ProblemSentences);
} = {
  "phone-unsupported": "phoneUnsupported",
  "otp-rejected": ({ attemptsRemaining }) => {
    if (attemptsRemaining === undefined) return "codeOver";
    return attemptsRemaining === 0 ? "codesExhausted" : "codeRejected";
  },
  "otp-exhausted": "codesExhausted",
  "rate-limited": ({ cause }) => {
    if (cause === "phone-locked") return "phoneLocked";
    if (cause === "resend-wait") return "waitBefore";
    if (cause === "phone-budget" || cause === "device-budget") return "tooManyMessages";
    return cause === "lost-race" ? "busy" : "tooManyTries";
  },
  "sms-unavailable": "smsUnavailable",
  "customer-stopped": "customerStopped",
  "user-inactive": "userInactive",
  "link-conflict": "recordsDisagree",
  "not-owner": "notYours",
  "store-unavailable": "tryLater",
  "cross-site": "fromElsewhere",
  "request-malformed": "stepLost",
  "token-missing": "stepLost",
  "token-invalid": "stepLost",
  "token-expired": "stepLost",
  // No use case of the page returns this failure.
  "several-accounts": "ourFault",
  "route-denied": "ourFault",
  "upstream-unreachable": "ourFault",
  "upstream-timeout": "ourFault",
  "refresh-reused": "ourFault",
  "not-found": "ourFault",
  internal: "ourFault",
};

export function saidOf(failure: PageFailure, reference: string, now: number): Said {
  const sentence = SENTENCE_OF[failure.reason] as
    | keyof ProblemSentences
    | ((failure: PageFailure) => keyof ProblemSentences);
  const problem = typeof sentence === "function" ? sentence(failure) : sentence;
  const until =
    "retryAfterSeconds" in failure ? { until: now + failure.retryAfterSeconds * 1000 } : {};
  const triesLeft =
    problem === "codeRejected" && "attemptsRemaining" in failure && failure.attemptsRemaining
      ? { triesLeft: failure.attemptsRemaining }
      : {};
  return { problem, reference, ...until, ...triesLeft };
}

/** The sentences of a refusal, in the customer's language. */
export function sentencesOf(words: Words, said: Said, now: number): string {
  const { problem, triesLeft, until = now } = said;
  const fillings = { wait: words.wait(secondsUntil(until, now)), time: words.time(until) };
  const told = words.fill(words.sentences.problems[problem], fillings);
  if (triesLeft === undefined) return told;
  return `${told} ${words.count(words.sentences.triesLeft, triesLeft)}`;
}
