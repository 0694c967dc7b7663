import type { FailureOf } from "../../core/failure.ts";
import { type ChallengeRules, sendBudget } from "../../core/otp/phone-record.ts";

/**
 * The wait for a phone's own budget, rounded up to the whole window that refused. The exact wait
 * would tell a stranger when others requested a code for this number.
 */
export function roundedUp<F extends FailureOf<"rate-limited"> | { readonly reason: string }>(
  failure: F,
  rules: ChallengeRules,
): F {
  if (!isPhoneBudget(failure)) return failure;
  const windows = sendBudget(null, rules)
    .map(({ windowMs }) => windowMs / 1000)
    .sort((a, b) => a - b);
  const { retryAfterSeconds: seconds } = failure;
  const rounded = windows.find((window) => window >= seconds) ?? seconds;
  return { ...failure, retryAfterSeconds: rounded };
}

const isPhoneBudget = (failure: object): failure is FailureOf<"rate-limited"> =>
  "cause" in failure && failure.cause === "phone-budget";
