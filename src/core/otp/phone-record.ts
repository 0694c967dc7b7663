import { type Budget, withinBudget } from "../budget.ts";
import type { ChallengeHandle, CustomerId, DeviceId, DocumentKey, Phone } from "../ids.ts";
import { type GuessSource, type WrongFrom, withinDay } from "./guess-source.ts";
import type { Channel, Locale } from "./message.ts";

/** The settings that the challenge state machine obeys. */
export interface ChallengeRules {
  readonly ttlMs: number;
  readonly maxAttempts: number;
  /** Wait in seconds after the first, second ... send on one channel; the last one repeats. */
  readonly resendWaitSeconds: readonly number[];
  readonly sendsPerPhone: Budget;
  readonly sendsPerDevice: Budget;
  readonly failuresPerPhone: number;
}

/** How long a proven code may finish its login: LINKING "The proof itself". */
export const PROOF_TTL_MS = 2 * 60_000;
export const LOCK_MS = 24 * 3_600_000;
/** Wrong codes count against a phone for this long after the last of them. */
export const FAILURES_KEPT_MS = 30 * 24 * 3_600_000;
/** The bound on compared wrong codes, however often the owner's logins forgive them. */
export const GUESS_BUDGET: Budget = [{ limit: 50, windowMs: 24 * 3_600_000 }];
export const MAX_LIVE_CHALLENGES = 3;
/** Live and closed together; closed ones only answer "used" or "exhausted" until they expire. */
const MAX_CHALLENGES = 24;

/** Budgets and counters, of the phone's common lane or of one customer's known devices. */
export interface Lane {
  /** Epoch ms of the sends that still count. */
  readonly sends: readonly number[];
  /** Wrong codes in a row, without a success. */
  readonly failures: number;
  readonly lastFailureAt: number | null;
  /** Epoch ms of the wrong codes of the last 24 hours, forgiven ones included. */
  readonly wrongAt: readonly number[];
  /** The sources of the wrong codes. Missing in records of the first version. */
  readonly wrongFrom?: readonly WrongFrom[];
  readonly lockedUntil: number | null;
}

export interface Send {
  readonly channel: Channel;
  readonly at: number;
  /** Fingerprint of the requesting address. Missing in records of the first version. */
  readonly from?: GuessSource["address"] | null;
}

/** A further challenge on a code that was sent already: a second tab, a double tap, a reload. */
export interface JoinedChallenge {
  readonly handle: ChallengeHandle;
  readonly seed: string;
  readonly keyId: string;
  readonly via: ChallengeVia;
  readonly attempts: number;
  readonly expiresAt: number;
}

/**
 * The route of the code request. `api`: a client with the challenge's id may try codes. `compat`:
 * the old web app, which names a challenge by its phone only.
 */
export type ChallengeVia = "api" | "compat";

export interface Challenge {
  readonly handle: ChallengeHandle;
  /** 32 random bytes in base64url, from which code and ids are derived with the key `keyId`. */
  readonly seed: string;
  readonly keyId: string;
  readonly phone: Phone;
  readonly locale: Locale;
  /**
   * Whether a customer has the phone. False for a decoy: its right code counts as wrong. Null until
   * the look-up after the answer has ended; until then the challenge is a decoy as well.
   */
  readonly isCustomerPhone: boolean | null;
  /** Customers that only the scan found, by `_id`. */
  readonly found: readonly DocumentKey[];
  /** True once the scan for rare spellings has ended: no further customer has the phone. */
  readonly searched?: boolean;
  /** The customer of the requesting known device, or null for the phone's common lane. */
  readonly lane: CustomerId | null;
  readonly device: DeviceId | null;
  /** Missing in records of the first version, which served the API alone. */
  readonly via?: ChallengeVia;
  readonly sends: readonly Send[];
  readonly attempts: number;
  readonly expiresAt: number;
  /** Further challenges on the same code. Missing in records of the first version. */
  readonly joined?: readonly JoinedChallenge[];
  /** Wrong tries of joined challenges that others displaced. */
  readonly lostAttempts?: number;
  /** Epoch ms at which the right code was sent. */
  readonly provenAt: number | null;
  /** The challenge that proved the code: a lost answer is repeated for that challenge only. */
  readonly provenBy?: ChallengeHandle;
  /** The customer that the owner chose among several. */
  readonly chosen: CustomerId | null;
}

/** Everything that the gateway stores about a phone. One record, changed by compare-and-set. */
export interface PhoneRecord {
  readonly common: Lane;
  readonly devices: Readonly<Record<CustomerId, Lane>>;
  readonly challenges: readonly Challenge[];
}

export const EMPTY_LANE: Lane = {
  sends: [],
  failures: 0,
  lastFailureAt: null,
  wrongAt: [],
  lockedUntil: null,
};
export const EMPTY_PHONE_RECORD: PhoneRecord = { common: EMPTY_LANE, devices: {}, challenges: [] };

/** The lane's budget of sends. */
export const sendBudget = (lane: CustomerId | null, rules: ChallengeRules): Budget =>
  lane === null ? rules.sendsPerPhone : rules.sendsPerDevice;

export function laneOf(record: PhoneRecord, lane: CustomerId | null): Lane {
  if (lane === null) return record.common;
  // A customer's id is a text from a client, "__proto__" included.
  return (Object.hasOwn(record.devices, lane) ? record.devices[lane] : undefined) ?? EMPTY_LANE;
}

export function withLane(record: PhoneRecord, name: CustomerId | null, lane: Lane): PhoneRecord {
  if (name === null) return { ...record, common: lane };
  return { ...record, devices: { ...record.devices, [name]: lane } };
}

/** The record with a new challenge at the end, or a changed one in its old place. */
export function withChallenge(record: PhoneRecord, challenge: Challenge): PhoneRecord {
  const { challenges } = record;
  const at = challenges.findIndex(({ handle }) => handle === challenge.handle);
  return {
    ...record,
    challenges:
      at < 0 ? [...challenges, challenge].slice(-MAX_CHALLENGES) : challenges.with(at, challenge),
  };
}

/** From this time the code is useless, for every challenge on it. */
export function challengeEndsAt({ expiresAt, joined = [], provenAt }: Challenge): number {
  if (provenAt !== null) return provenAt + PROOF_TTL_MS;
  return Math.max(expiresAt, ...joined.map((entry) => entry.expiresAt));
}

/** Whether the right code was sent recently enough to finish the login. */
export const isProven = (challenge: Challenge, now: number): boolean =>
  challenge.provenAt !== null && challengeEndsAt(challenge) > now;

/** The record without its expired parts. */
export function pruned(record: PhoneRecord, rules: ChallengeRules, now: number): PhoneRecord {
  const devices = Object.entries(record.devices)
    .map(([name, lane]) => [name, prunedLane(lane, rules.sendsPerDevice, now)] as const)
    .filter(([, lane]) => laneEndsAt(lane, rules.sendsPerDevice) > now);
  return {
    common: prunedLane(record.common, rules.sendsPerPhone, now),
    devices: Object.fromEntries(devices),
    challenges: record.challenges.filter((challenge) => challengeEndsAt(challenge) > now),
  };
}

function prunedLane(lane: Lane, budget: Budget, now: number): Lane {
  const forgotten = lane.lastFailureAt === null || lane.lastFailureAt + FAILURES_KEPT_MS <= now;
  return {
    sends: withinBudget(lane.sends, budget, now),
    failures: forgotten ? 0 : lane.failures,
    lastFailureAt: forgotten ? null : lane.lastFailureAt,
    wrongAt: withinBudget(lane.wrongAt, GUESS_BUDGET, now),
    ...(lane.wrongFrom === undefined ? {} : { wrongFrom: withinDay(lane.wrongFrom, now) }),
    lockedUntil: lane.lockedUntil !== null && lane.lockedUntil > now ? lane.lockedUntil : null,
  };
}

const longestOf = (budget: Budget): number =>
  Math.max(0, ...budget.map(({ windowMs }) => windowMs));

function laneEndsAt(lane: Lane, budget: Budget): number {
  return Math.max(
    ...lane.sends.map((at) => at + longestOf(budget)),
    ...lane.wrongAt.map((at) => at + longestOf(GUESS_BUDGET)),
    lane.lastFailureAt === null ? 0 : lane.lastFailureAt + FAILURES_KEPT_MS,
    lane.lockedUntil ?? 0,
  );
}

/** Epoch ms from which the whole record has no meaning. */
export function phoneRecordEndsAt(record: PhoneRecord, rules: ChallengeRules): number {
  return Math.max(
    laneEndsAt(record.common, rules.sendsPerPhone),
    ...Object.values<Lane>(record.devices).map((lane) => laneEndsAt(lane, rules.sendsPerDevice)),
    ...record.challenges.map(challengeEndsAt),
  );
}
