import type { BudgetWindow } from "../core/budget.ts";

/**
 * The limits by client address, by session and by app. The budgets of a phone are in the phone's own
 * record, the ceilings of the whole service in ports/ceilings.ts.
 */
export type LimitName =
  | "code-per-address"
  | "verify-per-address"
  | "token-per-session"
  | "secret-per-address"
  | "secret-per-client"
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

/** One counter of one limit. */
export interface Counter {
  readonly name: LimitName;
  /** The address, network, session or field; it is hashed before it becomes a name. */
  readonly key: string;
  /**
   * The client's network where the counter is of one source; a store may keep the counters of one
   * network together. Null: the counter is of all sources.
   */
  readonly network: string | null;
}

export interface TakenAll {
  /** The given counters that counted the event. */
  readonly taken: readonly Counter[];
  /** The first counter that refused the event, if any. */
  readonly refused: { readonly counter: Counter; readonly state: LimitState } | null;
}

/**
 * Counters shared by all nodes.
 *
 * Promises, checked by test/contract/limits/limits.suite.ts:
 * - of any number of parallel takes, a window allows exactly the limit's count;
 * - names and keys do not share counters; a window starts anew when it is over;
 * - of several counters, each counts an event only where the counters before it allowed the event:
 *   no counter that follows a refusal changes. A counter that precedes the refusal has counted
 *   the event, or has not where the store remembered the refusal;
 * - a counter keeps its count, whichever other counters are taken with it;
 * - an event that was given back can be taken again, once; giving back more than was taken
 *   changes nothing;
 * - while the store is down, each process counts for itself or AdapterError `unavailable` is
 *   thrown;
 * - a check writes where the counters have a storage of their own, and throws AdapterError
 *   `unavailable` where that storage takes no write.
 */
export interface Limits {
  /** Counts one event. */
  take(counter: Counter): Promise<LimitState>;
  /** Counts one event by several counters, in their order, until one refuses it. */
  takeAll(counters: readonly Counter[]): Promise<TakenAll>;
  /** Undoes one event that must not count. @param counters which counted the event */
  giveBackAll(counters: readonly Counter[]): Promise<void>;
  check(): Promise<void>;
}
