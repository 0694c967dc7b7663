import { nextAllowedAt } from "../budget.ts";
import { type FailureOf, rateLimited } from "../failure.ts";
import type { ChallengeHandle, CustomerId } from "../ids.ts";
import { ok } from "../result.ts";
import { type Decision, EXHAUSTED, find, lockOf, REJECTED, refusedDecision } from "./challenge.ts";
import type { GuessSource } from "./guess-source.ts";
import type { Channel } from "./message.ts";
import {
  type Challenge,
  type ChallengeRules,
  type ChallengeVia,
  laneOf,
  MAX_LIVE_CHALLENGES,
  type PhoneRecord,
  pruned,
  type Send,
  sendBudget,
  withChallenge,
  withLane,
} from "./phone-record.ts";
import {
  type ChallengeEntry,
  codeToJoin,
  entriesOf,
  entryOf,
  firstEntry,
  isExhausted,
  resendAllowedAt,
  withEntry,
} from "./shared-code.ts";

export interface SentChallenge {
  readonly challenge: Challenge;
  /** The client's challenge on the code. */
  readonly entry: ChallengeEntry;
  /** False where the code was already sent. */
  readonly isNewSend: boolean;
  readonly channel: Channel;
  readonly resendInSeconds: number;
}

type SendFailure = FailureOf<"rate-limited" | "otp-rejected" | "otp-exhausted">;

/** The input of a code request. */
export type OpenedChallenge = Omit<
  Challenge,
  | "sends"
  | "attempts"
  | "expiresAt"
  | "joined"
  | "lostAttempts"
  | "provenAt"
  | "provenBy"
  | "chosen"
> & {
  readonly via: ChallengeVia;
  /** The requesting source, where the platform tells it. */
  readonly from?: GuessSource | null;
  /** A test phone: no message is sent, so none is counted. */
  readonly free?: boolean;
};

/**
 * A new challenge: on the code that was just sent to the same source, else with a code of its own.
 * Where too many codes are live the new one replaces the oldest, so that the newest works.
 */
export function openChallenge(
  before: PhoneRecord,
  { free = false, from = null, ...opened }: OpenedChallenge,
  channel: Channel,
  rules: ChallengeRules,
  now: number,
): Decision<SentChallenge, FailureOf<"rate-limited">> {
  const record = pruned(before, rules, now);
  const locked = lockOf(laneOf(record, opened.lane), now);
  if (locked) return refusedDecision(locked);
  const standing = codeToJoin(record, { ...opened, from, channel }, rules, now);
  if (standing !== null) return join(record, standing, opened, channel, rules, now);
  const blocked = free ? null : sendBlocked(record, opened.lane, rules, now);
  if (blocked) return refusedDecision(blocked);
  const challenge: Challenge = {
    ...opened,
    sends: [],
    attempts: 0,
    expiresAt: now + rules.ttlMs,
    provenAt: null,
    chosen: null,
  };
  const left = withRoomIn(withoutUnreachable(record, opened), opened.lane, rules);
  const send = { channel, at: now, from: from?.address ?? null };
  return sent(left, challenge, firstEntry(challenge), send, rules, free);
}

/**
 * The old web app names a challenge by its phone only, so a new challenge in a lane makes older
 * ones there unreachable. They are dropped: otherwise they would become reachable again when the
 * newer one ends.
 */
function withoutUnreachable(
  record: PhoneRecord,
  { lane, via }: Pick<OpenedChallenge, "lane" | "via">,
): PhoneRecord {
  if (via !== "compat") return record;
  const isReachable = (entry: Challenge) =>
    entry.lane !== lane || entriesOf(entry).some((each) => each.via !== via);
  return { ...record, challenges: record.challenges.filter(isReachable) };
}

/** Sends the same code once more, on the same channel or another. */
export function resendChallenge(
  before: PhoneRecord,
  handle: ChallengeHandle,
  channel: Channel,
  rules: ChallengeRules,
  now: number,
  { free = false, from = null }: Partial<Pick<OpenedChallenge, "free" | "from">> = {},
): Decision<SentChallenge, SendFailure> {
  const record = pruned(before, rules, now);
  const challenge = find(record, handle);
  const entry = challenge && entryOf(challenge, handle);
  if (challenge === undefined || entry === undefined) return refusedDecision(REJECTED);
  if (challenge.provenAt !== null || entry.expiresAt <= now) return refusedDecision(REJECTED);
  if (entry.attempts >= rules.maxAttempts || isExhausted(challenge, rules)) {
    return refusedDecision(EXHAUSTED);
  }
  const waitUntil = resendAllowedAt(challenge, channel, rules);
  if (waitUntil > now) return refusedDecision(rateLimited("resend-wait", waitUntil, now));
  const blocked = free
    ? lockOf(laneOf(record, challenge.lane), now)
    : sendBlocked(record, challenge.lane, rules, now);
  if (blocked) return refusedDecision(blocked);
  const send = { channel, at: now, from: from?.address ?? null };
  return sent(record, challenge, entry, send, rules, free);
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

function sent(
  record: PhoneRecord,
  challenge: Challenge,
  entry: ChallengeEntry,
  send: Send,
  rules: ChallengeRules,
  free: boolean,
): Decision<SentChallenge, never> {
  const { at: now, channel } = send;
  const lane = laneOf(record, challenge.lane);
  const counted = free ? lane : { ...lane, sends: [...lane.sends, now] };
  const updated = { ...challenge, sends: [...challenge.sends, send] };
  const resendInSeconds = Math.ceil((resendAllowedAt(updated, channel, rules) - now) / 1000);
  return {
    record: withChallenge(withLane(record, challenge.lane, counted), updated),
    outcome: ok({ challenge: updated, entry, isNewSend: true, channel, resendInSeconds }),
  };
}

/**
 * A challenge on a code that was already sent. The answer shows a full life and a full wait, as for
 * a code of its own: the true wait would reveal an earlier request.
 */
function join(
  record: PhoneRecord,
  standing: Challenge,
  { handle, keyId, seed, via }: Pick<OpenedChallenge, "handle" | "keyId" | "seed" | "via">,
  channel: Channel,
  rules: ChallengeRules,
  now: number,
): Decision<SentChallenge, never> {
  const entry = { handle, keyId, seed, via, attempts: 0, expiresAt: now + rules.ttlMs };
  const challenge = withEntry(standing, entry);
  const resendInSeconds = rules.resendWaitSeconds[0] ?? 0;
  return {
    record: withChallenge(record, challenge),
    outcome: ok({ challenge, entry, isNewSend: false, channel, resendInSeconds }),
  };
}

/** Drops the oldest live challenges of the lane: three of the phone, one of a customer's devices. */
function withRoomIn(
  record: PhoneRecord,
  lane: CustomerId | null,
  rules: ChallengeRules,
): PhoneRecord {
  const live = record.challenges.filter(
    (challenge) =>
      challenge.lane === lane && challenge.provenAt === null && !isExhausted(challenge, rules),
  );
  const room = (lane === null ? MAX_LIVE_CHALLENGES : 1) - 1;
  const leaving = new Set(live.slice(0, Math.max(0, live.length - room)));
  return { ...record, challenges: record.challenges.filter((entry) => !leaving.has(entry)) };
}
