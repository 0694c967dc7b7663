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
 * An outcome, and the record to write; the record is null where nothing changes. A refused event
 * writes nothing; a wrong code is counted, so it writes.
 */
export interface Decision<T, F> {
  readonly record: PhoneRecord | null;
  readonly outcome: Result<T, F>;
}

export const refusedDecision = <const F extends Failure>(failure: F): Decision<never, F> => ({
  record: null,
  outcome: fail(failure),
});
export const REJECTED = { reason: "otp-rejected" } as const;
export const EXHAUSTED = { reason: "otp-exhausted" } as const;

type TryFailure = FailureOf<"rate-limited" | "otp-rejected" | "otp-exhausted">;

/**
 * Whether a code may be compared at all: the challenge is open, its lane is not locked, and the
 * source has guesses left. A failure is the same for every code.
 */
export function openTry(
  before: PhoneRecord,
  handle: ChallengeHandle,
  rules: ChallengeRules,
  now: number,
  source: GuessSource | null,
): Result<Tried, TryFailure> {
  const record = pruned(before, rules, now);
  const challenge = find(record, handle);
  const entry = challenge && entryOf(challenge, handle);
  if (challenge === undefined || entry === undefined) return fail(REJECTED);
  if (challenge.provenAt === null && entry.expiresAt <= now) return fail(REJECTED);
  const lane = laneOf(record, challenge.lane);
  const blocked = lockOf(lane, now) ?? sourceBlocked(lane, source, now);
  if (blocked) return fail(blocked);
  if (entry.attempts >= rules.maxAttempts || attemptsOf(challenge) >= MAX_CODE_ATTEMPTS) {
    return fail(EXHAUSTED);
  }
  return ok({ record, challenge, entry, lane });
}

/**
 * The code of an open try was compared. `correct` says whether it equals the derived code. For a
 * decoy the right code counts as wrong, and so does a code that proved another challenge before. A
 * proven challenge can be proven again for two minutes, so that a login which a store failure
 * interrupted can be finished; the user's record decides how often it yields a session.
 */
export function endTry(
  tried: Tried,
  handle: ChallengeHandle,
  correct: boolean,
  rules: ChallengeRules,
  now: number,
  source: GuessSource | null,
): Decision<Challenge, TryFailure> {
  const { challenge, lane, record } = tried;
  const isSpent =
    challenge.provenAt !== null && (challenge.provenBy ?? challenge.handle) !== handle;
  if (!correct || challenge.isCustomerPhone !== true || isSpent) {
    return counted(tried, rules, now, source);
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
  if (challenge === undefined || challenge.provenAt === null) return refusedDecision(REJECTED);
  if (challenge.chosen === customer) return { record: null, outcome: ok(challenge) };
  if (challenge.chosen !== null) return refusedDecision(REJECTED);
  const chosen = { ...challenge, chosen: customer };
  return { record: withChallenge(record, chosen), outcome: ok(chosen) };
}

/**
 * The look-up by index has ended: from now on the code knows whether a customer has the phone. The
 * caller that sets this sends the code, so that it is sent once.
 */
export function decideCustomers(
  before: PhoneRecord,
  handle: ChallengeHandle,
  isCustomerPhone: boolean,
  rules: ChallengeRules,
  now: number,
): Decision<Challenge, FailureOf<"otp-rejected">> {
  const record = pruned(before, rules, now);
  const challenge = find(record, handle);
  if (challenge === undefined || challenge.isCustomerPhone !== null)
    return refusedDecision(REJECTED);
  const decided = { ...challenge, isCustomerPhone };
  return { record: withChallenge(record, decided), outcome: ok(decided) };
}

/**
 * The scan for phones with unlisted spellings has ended. A customer that it found makes the
 * challenge a real one.
 *
 * @param isLegacyUsers no customer has the phone, and it is that of a user who may log in alone
 */
export function endSearch(
  before: PhoneRecord,
  handle: ChallengeHandle,
  found: readonly DocumentKey[],
  rules: ChallengeRules,
  now: number,
  isLegacyUsers = false,
): Decision<Challenge, FailureOf<"otp-rejected">> {
  const record = pruned(before, rules, now);
  const challenge = find(record, handle);
  if (challenge === undefined || isExhausted(challenge, rules)) return refusedDecision(REJECTED);
  const isTheirs = found.length > 0 || isLegacyUsers;
  const isCustomerPhone = challenge.isCustomerPhone === true || isTheirs;
  const revealed = { ...challenge, isCustomerPhone, found, searched: true };
  return { record: withChallenge(record, revealed), outcome: ok(revealed) };
}

/**
 * The challenge for a code that comes with a phone and no challenge id: the newest one in the lane
 * that a send of the old web app began and that is not over, in state open, exhausted or proven.
 * Never another client's challenge, so that a stranger who requests a code elsewhere does not turn
 * the owner's right code into a wrong one.
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

/** The code with this challenge id: the id of its first challenge or of one that joined it. */
export function find(record: PhoneRecord, handle: ChallengeHandle): Challenge | undefined {
  return record.challenges.find((challenge) => entryOf(challenge, handle) !== undefined);
}

/** A tried code, and the counters that it changes. */
interface Tried {
  readonly record: PhoneRecord;
  readonly challenge: Challenge;
  readonly entry: ChallengeEntry;
  readonly lane: Lane;
}

/** A wrong code is counted on the challenge, on its source, and on its lane, which it may lock. */
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
    // After the lock one challenge's worth of tries is left: enough for the owner, not a guesser.
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
      // A proven challenge is used, and is answered as an unknown one.
      ...(challenge.provenAt === null ? { attemptsRemaining: left } : {}),
      ...(locks ? { locked: true } : {}),
    }),
  };
}

export function lockOf(lane: Lane, now: number): FailureOf<"rate-limited"> | null {
  const until = lockEndsAt(lane, now);
  return until === null ? null : rateLimited("phone-locked", until, now);
}
