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

/** What a lane holds against a phone at a moment, as an operator reads it. */
export interface LaneState {
  /** Whose known devices the lane is for; null: the phone as such. */
  readonly customerId: CustomerId | null;
  /** Wrong codes in a row, as they count towards the next lock. */
  readonly failures: number;
  /** Wrong codes of the last 24 hours, forgiven ones included. */
  readonly wrongCodes: number;
  /** Epoch ms until which no code is sent or compared, or null. */
  readonly lockedUntil: number | null;
  /** Messages that still count against the budget. */
  readonly sends: number;
  /** Epoch ms at which the budget lets the next message go; null: at once. */
  readonly sendAllowedAt: number | null;
}

/**
 * When the lane opens again, or null where it is open: locked by wrong codes in a row, or by as
 * many in a day as are compared at all.
 */
export function lockEndsAt(lane: Lane, now: number): number | null {
  const guessAt = nextAllowedAt(lane.wrongAt, GUESS_BUDGET, now);
  const until = Math.max(lane.lockedUntil ?? now, guessAt);
  return until > now ? until : null;
}

/** The lanes of a phone: the common one first, then those of known devices that say something. */
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
  /** What to write, or null where nothing is held against the phone. */
  readonly record: PhoneRecord | null;
  /** The lanes that are cleared, as they were. */
  readonly cleared: readonly LaneState[];
}

/**
 * Forgives every wrong code of the phone, on the lanes of known devices too: whoever asks for it
 * wants to log in, wherever they typed wrongly. Messages already sent still count, and a challenge
 * that had its wrong tries stays closed: an unlocking is no way to more messages or to more tries
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
