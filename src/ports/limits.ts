import type { BudgetWindow } from "../core/budget.ts";

/**
 * The limits by client address and by session. The budgets of a phone are in the phone's own
 * record, the ceilings of the whole service in ports/ceilings.ts.
 */
export type LimitName =
  | "code-per-address"
  | "verify-per-address"
  | "token-per-session"
  /** A limit of a policy rule. */
  | `policy/${string}`;

export interface LimitState {
  readonly allowed: boolean;
  /** The window that refused, or the one that is closest to refusing. */
  readonly window: BudgetWindow;
  readonly remaining: number;
  /** Milliseconds until that window starts anew. */
  readonly resetMs: number;
}

/**
 * Counters shared by all nodes.
 *
 * Promises, checked by test/contract/limits/limits.suite.ts:
 * - of any number of parallel takes, a window allows exactly the limit's count;
 * - names and keys do not share counters; a window starts anew when it is over;
 * - an event that was given back can be taken again, once; giving back more than was taken
 *   changes nothing;
 * - while the store is down, each process counts for itself or AdapterError `unavailable` is
 *   thrown.
 */
export interface Limits {
  /** Counts one event. @param key the address or session; it is hashed before it becomes a name */
  take(name: LimitName, key: string): Promise<LimitState>;
  /** Undoes one event that must not count. */
  giveBack(name: LimitName, key: string): Promise<void>;
}
