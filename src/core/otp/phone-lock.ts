import { nextAllowedAt } from "../budget.ts";
import type { CustomerId } from "../ids.ts";
import {
  type ChallengeRules,
  GUESS_BUDGET,
  type Lane,
  type PhoneRecord,
  pruned,
  sendBudget,
} from "./phone-record.ts";

/** The counters of a lane at a moment, for an operator. */
export interface LaneState {
  /** The customer of the lane's known devices; null: the phone's common lane. */
  readonly customerId: CustomerId | null;
  /** Wrong codes in a row that count towards the next lock. */
  readonly failures: number;
  /** Wrong codes of the last 24 hours, forgiven ones included. */
  readonly wrongCodes: number;
  /** Epoch ms until which no code is sent or compared, or null. */
  readonly lockedUntil: number | null;
  /** Messages that still count against the budget. */
  readonly sends: number;
  /** Epoch ms at which the budget allows the next message; null: at once. */
  readonly sendAllowedAt: number | null;
}

/**
 * When the lane opens again, or null where it is open. A lane is locked by wrong codes in a row, or
 * by the day's number of compared wrong codes.
 */
export function lockEndsAt(lane: Lane, now: number): number | null {
  const guessAt = nextAllowedAt(lane.wrongAt, GUESS_BUDGET, now);
  const until = Math.max(lane.lockedUntil ?? now, guessAt);
  return until > now ? until : null;
}

/** The lanes of a phone: the common one, then those of known devices with counters above zero. */
export function laneStates(
  before: PhoneRecord,
  rules: ChallengeRules,
  now: number,
): readonly LaneState[] {
  const record = pruned(before, rules, now);
  const devices = Object.entries<Lane>(record.devices).map(([name, lane]) =>
    stateOf(name as CustomerId, lane, rules, now),
  );
  return [stateOf(null, record.common, rules, now), ...devices];
}

function stateOf(
  customerId: CustomerId | null,
  lane: Lane,
  rules: ChallengeRules,
  now: number,
): LaneState {
  const allowedAt = nextAllowedAt(lane.sends, sendBudget(customerId, rules), now);
  return {
    customerId,
    failures: lane.failures,
    wrongCodes: lane.wrongAt.length,
    lockedUntil: lockEndsAt(lane, now),
    sends: lane.sends.length,
    sendAllowedAt: allowedAt > now ? allowedAt : null,
  };
}

export interface Unlocking {
  /** The record to write, or null where no lane has anything to clear. */
  readonly record: PhoneRecord | null;
  /** The cleared lanes, as they were before. */
  readonly cleared: readonly LaneState[];
}

/**
 * Forgives every wrong code of the phone, on the lanes of known devices too: the person who asks
 * for an unlock wants to log in on any device. Messages already sent still count, and a challenge
 * that had its wrong tries stays closed: an unlock gives no further messages and no further tries
 * of one code.
 */
export function unlocked(before: PhoneRecord, rules: ChallengeRules, now: number): Unlocking {
  const record = pruned(before, rules, now);
  const cleared = laneStates(record, rules, now).filter(isHeldAgainst);
  if (cleared.length === 0) return { record: null, cleared };
  const devices = Object.entries<Lane>(record.devices).map(
    ([name, lane]) => [name, forgiven(lane)] as const,
  );
  return {
    record: {
      ...record,
      common: forgiven(record.common),
      devices: Object.fromEntries(devices),
    },
    cleared,
  };
}

const isHeldAgainst = ({ failures, lockedUntil, wrongCodes }: LaneState): boolean =>
  failures > 0 || wrongCodes > 0 || lockedUntil !== null;

const forgiven = (lane: Lane): Lane => ({
  ...lane,
  failures: 0,
  lastFailureAt: null,
  wrongAt: [],
  ...(lane.wrongFrom === undefined ? {} : { wrongFrom: [] }),
  lockedUntil: null,
});
