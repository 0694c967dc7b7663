import type { ChallengeHandle } from "../../../src/core/ids.ts";
import { endTry, openTry, refusedDecision } from "../../../src/core/otp/challenge.ts";
import type { GuessSource } from "../../../src/core/otp/guess-source.ts";
import type { ChallengeRules, PhoneRecord } from "../../../src/core/otp/phone-record.ts";

/** A whole try, as `flows/otp/prove-code.ts` makes it without the service's ceiling. */
export function tryCode(
  before: PhoneRecord,
  handle: ChallengeHandle,
  correct: boolean,
  rules: ChallengeRules,
  now: number,
  source: GuessSource | null = null,
): ReturnType<typeof endTry> {
  const opened = openTry(before, handle, rules, now, source);
  return opened.ok
    ? endTry(opened.value, handle, correct, rules, now, source)
    : refusedDecision(opened.failure);
}
