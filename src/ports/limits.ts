import type { BudgetWindow } from "../core/budget.ts";

/**
 * What is limited besides the phone, whose budgets live in its own record: by client address
 * and by session. The service as a whole has ceilings (ports/ceilings.ts).
 */
export type LimitName =
  | "code-per-address"
  | "verify-per-address"
  | "token-per-session"
  /** A limit of a rule of the policy. */
  | `policy/${string}`;

export interface LimitState {
  readonly allowed: boolean;
  /** The window that is nearest to refusing, or that refused. */
  readonly window: BudgetWindow;
  readonly remaining: number;
  /** Until that window starts anew. */
  readonly resetMs: number;
}

/**
 * Counters shared by all nodes.
 *
 * Promises, checked by test/contract/limits/limits.suite.ts:
 * - of any number of parallel takes exactly the limit's count is allowed in a window;
 * - names and keys are apart; a window starts anew when it is over;
 * - what was given back can be taken again, once, and nothing that was not taken is given back;
 * - a store that is down either throws AdapterError `unavailable` or counts on, per process.
 */
export interface Limits {
  /** Counts one event. @param key what is counted by; it is hashed before it becomes a name */
  take(name: LimitName, key: string): Promise<LimitState>;
  /** Undoes one event that was counted and turned out to be none. */
  giveBack(name: LimitName, key: string): Promise<void>;
}
