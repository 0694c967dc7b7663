import type { RateLimiterAbstract, RateLimiterRes } from "rate-limiter-flexible";
import type { Budget, BudgetWindow } from "../../core/budget.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Counter, LimitState, Limits, TakenAll } from "../../ports/limits.ts";

/** By the names of the limits port. */
export type LimitBudgets = Readonly<Record<string, Budget>>;

export interface LimiterOptions {
  readonly keyPrefix: string;
  readonly points: number;
  /** Seconds. */
  readonly duration: number;
}

/** One window of one counter. */
interface Step {
  readonly window: BudgetWindow;
  readonly limiter: RateLimiterAbstract;
  /** Hashed. */
  readonly key: string;
}

/** What a store says of one step, under the limiter's name of the key. */
export interface CountedStep {
  readonly isAllowed: boolean;
  readonly remaining: number;
  readonly resetMs: number;
}

export interface LimiterStore {
  /** One limiter for one window. */
  make(options: LimiterOptions): RateLimiterAbstract;
  /**
   * Counts an event under several names in one trip, in order, until one is spent. A store without
   * trips has no need of it.
   *
   * @returns each step up to the spent one; null: the limiters must be asked one by one
   */
  countAll?(
    steps: readonly { readonly name: string; readonly window: BudgetWindow }[],
  ): Promise<readonly CountedStep[] | null>;
}

/**
 * Limits on rate-limiter-flexible.
 *
 * @param store any store
 * @param hash hides a key: an address in a store's key names is personal data
 */
export function flexibleLimits(
  budgets: LimitBudgets,
  store: LimiterStore,
  hash: (key: string) => Promise<string>,
): Limits {
  const limiters = new Map(
    Object.entries<Budget>(budgets).map(([name, budget]) => [
      name,
      // The shortest window first: an event that it refuses must not spend the longer ones.
      [...budget]
        .sort((a, b) => a.windowMs - b.windowMs)
        .map((window) => ({ window, limiter: store.make(optionsFor(name, window)) })),
    ]),
  );
  const stepsOf = async ({ key, name }: Counter): Promise<readonly Step[]> => {
    const hashed = await hash(key);
    const steps = (limiters.get(name) ?? []).map((limiter) => ({ ...limiter, key: hashed }));
    if (steps.length === 0) throw new TypeError("a limit without a budget");
    return steps;
  };
  return {
    take: async (counter) => closest(await countEach(await stepsOf(counter))),
    async takeAll(counters) {
      const steps = await Promise.all(counters.map(stepsOf));
      const all = steps.flat();
      return takenOf(counters, steps, (await countTogether(store, all)) ?? (await countEach(all)));
    },
    async giveBackAll(counters) {
      const steps = await Promise.all(counters.map(stepsOf));
      await Promise.all(steps.flat().map(restore));
    },
    // The counters are in the store of the state, whose check writes.
    check: async () => undefined,
  };
}

const optionsFor = (name: string, { limit, windowMs }: BudgetWindow): LimiterOptions => ({
  keyPrefix: `limit/${name}/${windowMs / 1000}`,
  points: limit,
  duration: windowMs / 1000,
});

/** The state that refused, or the one that is closest to refusing. */
const closest = (states: readonly LimitState[]): LimitState =>
  states.find(({ allowed }) => !allowed) ??
  states.reduce((a, b) => (a.remaining <= b.remaining ? a : b));

/** @param states of the steps in their order, up to the one that refused */
function takenOf(
  counters: readonly Counter[],
  steps: readonly (readonly Step[])[],
  states: readonly LimitState[],
): TakenAll {
  const last = states.at(-1);
  if (last === undefined || last.allowed) return { taken: counters, refused: null };
  const stepCounters = counters.flatMap((counter, i) => (steps[i] ?? []).map(() => counter));
  const counter = stepCounters[states.length - 1];
  if (counter === undefined) throw new TypeError("a refusal of no counter");
  return { taken: counters.slice(0, counters.indexOf(counter)), refused: { counter, state: last } };
}

/** @returns the states up to the first that refuses */
async function countEach(steps: readonly Step[]): Promise<readonly LimitState[]> {
  const states: LimitState[] = [];
  for (const step of steps) {
    const state = await consume(step);
    states.push(state);
    if (!state.allowed) break;
  }
  return states;
}

async function countTogether(
  store: LimiterStore,
  steps: readonly Step[],
): Promise<readonly LimitState[] | null> {
  const named = steps.map(({ key, limiter, window }) => ({ name: limiter.getKey(key), window }));
  const counted = (await store.countAll?.(named)) ?? null;
  if (counted === null) return null;
  return counted.flatMap(({ isAllowed, remaining, resetMs }, i) => {
    const window = steps[i]?.window;
    return window === undefined ? [] : [{ allowed: isAllowed, window, remaining, resetMs }];
  });
}

/** A rejection is a result where the limit refused, and an Error where the store failed. */
async function consume({ key, limiter, window }: Step): Promise<LimitState> {
  try {
    return stateOf(true, window, await limiter.consume(key));
  } catch (rejection) {
    if (isResult(rejection)) return stateOf(false, window, rejection);
    throw new AdapterError("limits", "take", "unavailable", { cause: rejection });
  }
}

/** A window that has ended, or without a take, must not begin with a credit. */
async function restore({ key, limiter }: Step): Promise<void> {
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
