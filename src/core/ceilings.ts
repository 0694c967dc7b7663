import type { Budget, BudgetWindow } from "./budget.ts";

/** Events of strangers that the whole service limits: code requests, and tried codes. */
export type CeilingName = "requests" | "tries";

/** The ceiling of each name, as windows of at most `limit` events. */
export type CeilingBudgets = Readonly<Record<CeilingName, Budget>>;

/**
 * The pool that an event is counted in. `common` holds `limit` events. `reserve` holds half as many
 * more, for networks from which a phone was recently proven.
 */
export type Pool = "common" | "reserve";

/** The source that must wait: one address, one network, or every stranger. */
export type RefusedSource = "address" | "network" | "service";

/** The counts of a window before the judged event. */
export interface WindowCounts {
  /** Events of all sources in the common pool. */
  readonly common: number;
  /** Networks that have at least one event in the common pool. */
  readonly networks: number;
  /** Events of this address in the common pool. */
  readonly ofAddress: number;
  /** Events of this network in the common pool. */
  readonly ofNetwork: number;
  /** Events of all proven networks in the reserve. */
  readonly reserve: number;
  /** Events of this network in the reserve. */
  readonly reserveOfNetwork: number;
}

/** A network counts as proven for this long after a customer proved a phone from it. */
export const PROVEN_FOR_MS = 30 * 24 * 3_600_000;

/** The first half of the common pool is open to all: carriers put thousands on one address. */
const OPEN_PART = 2;
/** Past the open half, an address with this part of the limit waits. */
const ADDRESS_PART = 20;
const NETWORK_PART = 10;
/** The reserve, and one network's part of it, as parts of the limit. */
const RESERVE_PART = 2;
const RESERVE_NETWORK_PART = 4;

/**
 * Judges one event in one window. The common pool comes first: the reserve is for the time when an
 * attacker has filled the common pool. The source that filled the pool is refused before the whole
 * service is, so that one source never closes the door for others.
 *
 * `adapters/redis/ceilings.ts` says the same in Lua; the contract suite holds both together.
 */
export function poolFor(
  counts: WindowCounts,
  limit: number,
  isProven: () => boolean,
): Pool | RefusedSource {
  const refused = refusedByCommon(counts, limit);
  if (refused === null) return "common";
  const { reserve, reserveOfNetwork } = counts;
  const isReserved =
    fits(reserve, limit, RESERVE_PART) &&
    fits(reserveOfNetwork, limit, RESERVE_NETWORK_PART) &&
    isProven();
  return isReserved ? "reserve" : refused;
}

function refusedByCommon(counts: WindowCounts, limit: number): RefusedSource | null {
  const { common, networks, ofAddress, ofNetwork } = counts;
  if (common * OPEN_PART < limit) return null;
  if (ofAddress * ADDRESS_PART >= limit) return "address";
  if (ofNetwork * NETWORK_PART >= limit || ofNetwork * networks > limit) return "network";
  return common < limit ? null : "service";
}

/** Whether one more event stays within the given part of the limit. */
const fits = (count: number, limit: number, part: number): boolean => (count + 1) * part <= limit;

/** A window of a ceiling. Windows follow the clock, so that all nodes use the same ones. */
export interface CeilingWindow extends BudgetWindow {
  /** Epoch ms. */
  readonly endsAt: number;
}

export const windowsAt = (budget: Budget, now: number): readonly CeilingWindow[] =>
  budget.map(({ limit, windowMs }) => ({
    limit,
    windowMs,
    endsAt: (Math.floor(now / windowMs) + 1) * windowMs,
  }));

/** The pools that the event is counted in, one for each window; or the first window that refuses. */
export type CeilingDecision =
  | { readonly allowed: true; readonly pools: readonly Pool[] }
  | { readonly allowed: false; readonly by: RefusedSource; readonly window: CeilingWindow };

/**
 * Judges one event in all windows of a ceiling. `isProven` is asked only where a reserve has room:
 * most events are within the common pool. The event is counted in each window or, where one
 * refuses, in none: a refused source must not spend the others' share.
 */
export function decideCeiling(
  windows: readonly CeilingWindow[],
  countsIn: (window: CeilingWindow) => WindowCounts,
  isProven: () => boolean,
): CeilingDecision {
  const pools: Pool[] = [];
  for (const window of windows) {
    const pool = poolFor(countsIn(window), window.limit, isProven);
    if (pool !== "common" && pool !== "reserve") return { allowed: false, by: pool, window };
    pools.push(pool);
  }
  return { allowed: true, pools };
}
