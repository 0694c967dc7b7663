import { nextAllowedAt } from "../budget.ts";
import { type Failure, type FailureOf, rateLimited } from "../failure.ts";
import type { ChallengeHandle, CustomerId, DocumentKey } from "../ids.ts";
import { fail, ok, type Result } from "../result.ts";
import type { Channel } from "./message.ts";
import { lockEndsAt } from "./phone-lock.ts";
import {
  type Challenge,
  type ChallengeRules,
  type ChallengeVia,
  challengeEndsAt,
  type Lane,
  LOCK_MS,
  laneOf,
  MAX_LIVE_CHALLENGES,
  type PhoneRecord,
  pruned,
  sendBudget,
  withChallenge,
  withLane,
} from "./phone-record.ts";

/**
 * What a decision gives: an outcome, and the record to write, or null where nothing changes. A
 * refused event writes nothing; a wrong code is counted, so it does.
 */
export interface Decision<T, F> {
  readonly record: PhoneRecord | null;
  readonly outcome: Result<T, F>;
}

export interface SentChallenge {
  readonly challenge: Challenge;
  readonly channel: Channel;
  readonly resendInSeconds: number;
}

type SendFailure = FailureOf<"rate-limited" | "otp-rejected" | "otp-exhausted">;

const refused = <const F extends Failure>(failure: F): Decision<never, F> => ({
  record: null,
  outcome: fail(failure),
});
const REJECTED = { reason: "otp-rejected" } as const;
const EXHAUSTED = { reason: "otp-exhausted" } as const;

/** What a request for a code brings. */
export type OpenedChallenge = Omit<
  Challenge,
  "sends" | "attempts" | "expiresAt" | "provenAt" | "chosen"
> & { readonly via: ChallengeVia };

/** A new challenge. Where too many are live the oldest gives way, so that the newest works. */
export function openChallenge(
  before: PhoneRecord,
  opened: OpenedChallenge,
  channel: Channel,
  rules: ChallengeRules,
  now: number,
): Decision<SentChallenge, FailureOf<"rate-limited">> {
  const record = pruned(before, rules, now);
  const blocked = sendBlocked(record, opened.lane, rules, now);
  if (blocked) return refused(blocked);
  const challenge: Challenge = {
    ...opened,
    sends: [],
    attempts: 0,
    expiresAt: now + rules.ttlMs,
    provenAt: null,
    chosen: null,
  };
  const left = withoutUnreachable(record, opened);
  return sent(withRoomIn(left, opened.lane, rules), challenge, channel, rules, now);
}

/**
 * The old web app names a challenge by phone and lane alone, so that a new one makes the lane's older
 * ones unreachable. They go, or they would be reachable again when the newer one is over.
 */
function withoutUnreachable(record: PhoneRecord, { lane, via }: OpenedChallenge): PhoneRecord {
  if (via !== "compat") return record;
  const challenges = record.challenges.filter(
    (entry) => viaOf(entry) !== via || entry.lane !== lane,
  );
  return { ...record, challenges };
}

/** The same code once more, on the same channel or another. */
export function resendChallenge(
  before: PhoneRecord,
  handle: ChallengeHandle,
  channel: Channel,
  rules: ChallengeRules,
  now: number,
): Decision<SentChallenge, SendFailure> {
  const record = pruned(before, rules, now);
  const challenge = find(record, handle);
  if (challenge === undefined || challenge.provenAt !== null) return refused(REJECTED);
  if (challenge.attempts >= rules.maxAttempts) return refused(EXHAUSTED);
  const waitUntil = resendAllowedAt(challenge, channel, rules);
  if (waitUntil > now) return refused(rateLimited("resend-wait", waitUntil, now));
  const blocked = sendBlocked(record, challenge.lane, rules, now);
  return blocked ? refused(blocked) : sent(record, challenge, channel, rules, now);
}

/**
 * A code was shown. `correct` says whether it equals the derived one; for a decoy that counts as
 * wrong. A proven challenge stays provable for two minutes, so that a login which the store cut
 * short can be finished; how often it yields a session is decided in the user's record.
 */
export function tryCode(
  before: PhoneRecord,
  handle: ChallengeHandle,
  correct: boolean,
  rules: ChallengeRules,
  now: number,
): Decision<Challenge, FailureOf<"rate-limited" | "otp-rejected" | "otp-exhausted">> {
  const record = pruned(before, rules, now);
  const challenge = find(record, handle);
  if (challenge === undefined) return refused(REJECTED);
  const lane = laneOf(record, challenge.lane);
  const locked = lockOf(lane, now);
  if (locked) return refused(locked);
  if (challenge.attempts >= rules.maxAttempts) return refused(EXHAUSTED);
  if (!correct || !challenge.known) return counted(record, challenge, lane, rules, now);
  if (challenge.provenAt !== null) return { record: null, outcome: ok(challenge) };
  const proven = { ...challenge, provenAt: now };
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
  if (challenge === undefined || challenge.attempts >= rules.maxAttempts) return refused(REJECTED);
  const known = challenge.known || found.length > 0;
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
): Challenge | undefined {
  return record.challenges.findLast(
    (challenge) =>
      viaOf(challenge) === "compat" && challenge.lane === lane && challengeEndsAt(challenge) > now,
  );
}

const viaOf = ({ via = "api" }: Challenge): ChallengeVia => via;

export function find(record: PhoneRecord, handle: ChallengeHandle): Challenge | undefined {
  return record.challenges.find((challenge) => challenge.handle === handle);
}

/** A wrong code: counted on the challenge and on its lane, which it may lock. */
function counted(
  record: PhoneRecord,
  challenge: Challenge,
  lane: Lane,
  rules: ChallengeRules,
  now: number,
): Decision<never, FailureOf<"otp-rejected">> {
  const attempts = challenge.attempts + 1;
  const failures = lane.failures + 1;
  const locks = failures >= rules.failuresPerPhone;
  const failed: Lane = {
    ...lane,
    // After the lock, one challenge's worth of tries: the owner gets in, a guesser hardly goes on.
    failures: locks ? Math.max(0, rules.failuresPerPhone - rules.maxAttempts) : failures,
    lastFailureAt: now,
    wrongAt: [...lane.wrongAt, now],
    lockedUntil: locks ? now + LOCK_MS : null,
  };
  return {
    record: withChallenge(withLane(record, challenge.lane, failed), { ...challenge, attempts }),
    outcome: fail({
      reason: "otp-rejected",
      // A proven challenge is used, and answers as an unknown one does.
      ...(challenge.provenAt === null ? { attemptsRemaining: rules.maxAttempts - attempts } : {}),
      ...(locks ? { locked: true } : {}),
    }),
  };
}

function sendBlocked(
  record: PhoneRecord,
  name: CustomerId | null,
  rules: ChallengeRules,
  now: number,
): FailureOf<"rate-limited"> | null {
  const lane = laneOf(record, name);
  const locked = lockOf(lane, now);
  if (locked) return locked;
  const allowedAt = nextAllowedAt(lane.sends, sendBudget(name, rules), now);
  const cause = name === null ? "phone-budget" : "device-budget";
  return allowedAt > now ? rateLimited(cause, allowedAt, now) : null;
}

function lockOf(lane: Lane, now: number): FailureOf<"rate-limited"> | null {
  const until = lockEndsAt(lane, now);
  return until === null ? null : rateLimited("phone-locked", until, now);
}

function sent(
  record: PhoneRecord,
  challenge: Challenge,
  channel: Channel,
  rules: ChallengeRules,
  now: number,
): Decision<SentChallenge, never> {
  const lane = laneOf(record, challenge.lane);
  const counted = { ...lane, sends: [...lane.sends, now] };
  const updated = { ...challenge, sends: [...challenge.sends, { channel, at: now }] };
  const resendInSeconds = Math.ceil((resendAllowedAt(updated, channel, rules) - now) / 1000);
  return {
    record: withChallenge(withLane(record, challenge.lane, counted), updated),
    outcome: ok({ challenge: updated, channel, resendInSeconds }),
  };
}

/** The first send on a channel needs no wait; each further one waits longer. */
function resendAllowedAt(challenge: Challenge, channel: Channel, rules: ChallengeRules): number {
  const onChannel = challenge.sends.filter((send) => send.channel === channel);
  const last = onChannel.at(-1);
  const waits = rules.resendWaitSeconds;
  const wait = waits[Math.min(onChannel.length, waits.length) - 1] ?? 0;
  return last === undefined ? 0 : last.at + wait * 1000;
}

/** Drops the oldest live challenges of the lane: three of the phone, one of a customer's devices. */
function withRoomIn(
  record: PhoneRecord,
  lane: CustomerId | null,
  rules: ChallengeRules,
): PhoneRecord {
  const live = record.challenges.filter(
    (challenge) =>
      challenge.lane === lane &&
      challenge.provenAt === null &&
      challenge.attempts < rules.maxAttempts,
  );
  const room = (lane === null ? MAX_LIVE_CHALLENGES : 1) - 1;
  const leaving = new Set(live.slice(0, Math.max(0, live.length - room)));
  return { ...record, challenges: record.challenges.filter((entry) => !leaving.has(entry)) };
}
