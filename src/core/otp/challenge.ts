import { type Failure, type FailureOf, rateLimited } from "../failure.ts";
import type { ChallengeHandle, CustomerId, DocumentKey } from "../ids.ts";
import { fail, ok, type Result } from "../result.ts";
import { type GuessSource, sourceBlocked } from "./guess-source.ts";
import { lockEndsAt } from "./phone-lock.ts";
import {
  type Challenge,
  type ChallengeRules,
  challengeEndsAt,
  type Lane,
  LOCK_MS,
  laneOf,
  type PhoneRecord,
  pruned,
  withChallenge,
  withLane,
} from "./phone-record.ts";
import {
  attemptsOf,
  type ChallengeEntry,
  entryOf,
  type FoundChallenge,
  isExhausted,
  MAX_CODE_ATTEMPTS,
  newestVia,
  withWrongTry,
} from "./shared-code.ts";

/**
 * What a decision gives: an outcome, and the record to write, or null where nothing changes. A
 * refused event writes nothing; a wrong code is counted, so it does.
 */
export interface Decision<T, F> {
  readonly record: PhoneRecord | null;
  readonly outcome: Result<T, F>;
}

export const refused = <const F extends Failure>(failure: F): Decision<never, F> => ({
  record: null,
  outcome: fail(failure),
});
export const REJECTED = { reason: "otp-rejected" } as const;
export const EXHAUSTED = { reason: "otp-exhausted" } as const;

/**
 * A code was shown. `correct` says whether it equals the derived one; for a decoy that counts as
 * wrong, and so it does for a code that was shown for another challenge before. A proven challenge stays provable for two minutes, so that a login which the store cut
 * short can be finished; how often it yields a session is decided in the user's record.
 */
export function tryCode(
  before: PhoneRecord,
  handle: ChallengeHandle,
  correct: boolean,
  rules: ChallengeRules,
  now: number,
  source: GuessSource | null = null,
): Decision<Challenge, FailureOf<"rate-limited" | "otp-rejected" | "otp-exhausted">> {
  const record = pruned(before, rules, now);
  const challenge = find(record, handle);
  const entry = challenge && entryOf(challenge, handle);
  if (challenge === undefined || entry === undefined) return refused(REJECTED);
  if (challenge.provenAt === null && entry.expiresAt <= now) return refused(REJECTED);
  const lane = laneOf(record, challenge.lane);
  const blocked = lockOf(lane, now) ?? sourceBlocked(lane, source, now);
  if (blocked) return refused(blocked);
  if (entry.attempts >= rules.maxAttempts || attemptsOf(challenge) >= MAX_CODE_ATTEMPTS) {
    return refused(EXHAUSTED);
  }
  const isSpent =
    challenge.provenAt !== null && (challenge.provenBy ?? challenge.handle) !== handle;
  if (!correct || challenge.known !== true || isSpent) {
    return counted({ record, challenge, entry, lane }, rules, now, source);
  }
  if (challenge.provenAt !== null) return { record: null, outcome: ok(challenge) };
  const proven = { ...challenge, provenAt: now, provenBy: handle };
  const forgiven = { ...lane, failures: 0, lastFailureAt: null };
  return {
    record: withChallenge(withLane(record, challenge.lane, forgiven), proven),
    outcome: ok(proven),
  };
}

/** The owner of a proven phone chose one of its customers. The first choice stands. */
export function chooseCustomer(
  before: PhoneRecord,
  handle: ChallengeHandle,
  customer: CustomerId,
  rules: ChallengeRules,
  now: number,
): Decision<Challenge, FailureOf<"otp-rejected">> {
  const record = pruned(before, rules, now);
  const challenge = find(record, handle);
  if (challenge === undefined || challenge.provenAt === null) return refused(REJECTED);
  if (challenge.chosen === customer) return { record: null, outcome: ok(challenge) };
  if (challenge.chosen !== null) return refused(REJECTED);
  const chosen = { ...challenge, chosen: customer };
  return { record: withChallenge(record, chosen), outcome: ok(chosen) };
}

/**
 * The look-up by index has ended: whether a customer has the phone belongs to the code from now on.
 * Whoever makes the code known sends it, so that it is sent once.
 */
export function decideCustomers(
  before: PhoneRecord,
  handle: ChallengeHandle,
  known: boolean,
  rules: ChallengeRules,
  now: number,
): Decision<Challenge, FailureOf<"otp-rejected">> {
  const record = pruned(before, rules, now);
  const challenge = find(record, handle);
  if (challenge === undefined || challenge.known !== null) return refused(REJECTED);
  const decided = { ...challenge, known };
  return { record: withChallenge(record, decided), outcome: ok(decided) };
}

/**
 * The scan for phones spelled as no index lists them has ended. Whoever it found makes the challenge a
 * decoy no longer.
 */
export function endSearch(
  before: PhoneRecord,
  handle: ChallengeHandle,
  found: readonly DocumentKey[],
  rules: ChallengeRules,
  now: number,
): Decision<Challenge, FailureOf<"otp-rejected">> {
  const record = pruned(before, rules, now);
  const challenge = find(record, handle);
  if (challenge === undefined || isExhausted(challenge, rules)) return refused(REJECTED);
  const known = challenge.known === true || found.length > 0;
  const revealed = { ...challenge, known, found, searched: true };
  return { record: withChallenge(record, revealed), outcome: ok(revealed) };
}

/**
 * What a code is tried against where only the phone is named: the newest challenge of the lane that
 * the old web app's send began and that is not over, be it open, exhausted or proven. Never
 * another's, so that a stranger who asks for a code elsewhere does not turn the owner's right code
 * into a wrong one.
 *
 * @param lane of a customer's known devices; null: the common one
 */
export function newestCompat(
  record: PhoneRecord,
  lane: CustomerId | null,
  now: number,
): FoundChallenge | null {
  const endsAt = (challenge: Challenge, entry: ChallengeEntry): number =>
    challenge.provenAt === null ? entry.expiresAt : challengeEndsAt(challenge);
  return newestVia(record, "compat", lane, endsAt, now);
}

/** The code of this challenge id, be it the code's first challenge or one that joined it. */
export function find(record: PhoneRecord, handle: ChallengeHandle): Challenge | undefined {
  return record.challenges.find((challenge) => entryOf(challenge, handle) !== undefined);
}

/** A try of a code, and where it is counted. */
interface Tried {
  readonly record: PhoneRecord;
  readonly challenge: Challenge;
  readonly entry: ChallengeEntry;
  readonly lane: Lane;
}

/** A wrong code: counted on the challenge, on its source, and on its lane, which it may lock. */
function counted(
  { challenge, entry, lane, record }: Tried,
  rules: ChallengeRules,
  now: number,
  source: GuessSource | null,
): Decision<never, FailureOf<"otp-rejected">> {
  const tried = withWrongTry(challenge, entry.handle);
  const left = Math.min(
    rules.maxAttempts - entry.attempts - 1,
    MAX_CODE_ATTEMPTS - attemptsOf(tried),
  );
  const failures = lane.failures + 1;
  const locks = failures >= rules.failuresPerPhone;
  const failed: Lane = {
    ...lane,
    // After the lock, one challenge's worth of tries: the owner gets in, a guesser hardly goes on.
    failures: locks ? Math.max(0, rules.failuresPerPhone - rules.maxAttempts) : failures,
    lastFailureAt: now,
    wrongAt: [...lane.wrongAt, now],
    ...(source === null ? {} : { wrongFrom: [...(lane.wrongFrom ?? []), { ...source, at: now }] }),
    lockedUntil: locks ? now + LOCK_MS : null,
  };
  return {
    record: withChallenge(withLane(record, challenge.lane, failed), tried),
    outcome: fail({
      reason: "otp-rejected",
      // A proven challenge is used, and answers as an unknown one does.
      ...(challenge.provenAt === null ? { attemptsRemaining: left } : {}),
      ...(locks ? { locked: true } : {}),
    }),
  };
}

export function lockOf(lane: Lane, now: number): FailureOf<"rate-limited"> | null {
  const until = lockEndsAt(lane, now);
  return until === null ? null : rateLimited("phone-locked", until, now);
}
