import type { RateLimiterAbstract, RateLimiterRes } from "rate-limiter-flexible";
import type { Budget, BudgetWindow } from "../../core/budget.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { LimitState, Limits } from "../../ports/limits.ts";

/** By the names of the limits port. */
export type LimitBudgets = Readonly<Record<string, Budget>>;

export interface LimiterOptions {
  readonly keyPrefix: string;
  readonly points: number;
  /** Seconds. */
  readonly duration: number;
}

interface Limiter {
  readonly window: BudgetWindow;
  readonly limiter: RateLimiterAbstract;
}

/**
 * Limits on rate-limiter-flexible.
 *
 * @param make one limiter for one window, on any store
 * @param hash hides a key: an address in a store's key names is personal data
 */
export function flexibleLimits(
  budgets: LimitBudgets,
  make: (options: LimiterOptions) => RateLimiterAbstract,
  hash: (key: string) => Promise<string>,
): Limits {
  const limiters = new Map<string, readonly Limiter[]>(
    Object.entries<Budget>(budgets).map(([name, budget]) => [
      name,
      [...budget]
        .sort((a, b) => a.windowMs - b.windowMs)
        .map((window) => ({ window, limiter: make(optionsFor(name, window)) })),
    ]),
  );
  return {
    async take(name, key) {
      const hashed = await hash(key);
      const states: LimitState[] = [];
      // The shortest window first: an event that it refuses must not spend the longer ones.
      for (const limiter of limiters.get(name) ?? []) {
        const state = await consume(limiter, hashed);
        if (!state.allowed) return state;
        states.push(state);
      }
      return states.reduce((a, b) => (a.remaining <= b.remaining ? a : b));
    },
    async giveBack(name, key) {
      const hashed = await hash(key);
      for (const { limiter } of limiters.get(name) ?? []) await restore(limiter, hashed);
    },
  };
}

const optionsFor = (name: string, { limit, windowMs }: BudgetWindow): LimiterOptions => ({
  keyPrefix: `limit/${name}/${windowMs / 1000}`,
  points: limit,
  duration: windowMs / 1000,
});

/** A rejection is a result where the limit refused, and an Error where the store failed. */
async function consume({ limiter, window }: Limiter, key: string): Promise<LimitState> {
  try {
    return stateOf(true, window, await limiter.consume(key));
  } catch (rejection) {
    if (isResult(rejection)) return stateOf(false, window, rejection);
    throw new AdapterError("limits", "take", "unavailable", { cause: rejection });
  }
}

/** A window that has ended, or without a take, must not begin with a credit. */
async function restore(limiter: RateLimiterAbstract, key: string): Promise<void> {
  try {
    const { consumedPoints } = await limiter.reward(key, 1);
    if (consumedPoints < 0) await limiter.penalty(key, 1);
  } catch (cause) {
    throw new AdapterError("limits", "give-back", "unavailable", { cause });
  }
}

/** By its shape: the library's class may be loaded twice, alone and with its stores. */
const isResult = (rejection: unknown): rejection is RateLimiterRes =>
  typeof rejection === "object" && rejection !== null && "msBeforeNext" in rejection;

const stateOf = (allowed: boolean, window: BudgetWindow, result: RateLimiterRes): LimitState => ({
  allowed,
  window,
  remaining: result.remainingPoints,
  resetMs: result.msBeforeNext,
});
