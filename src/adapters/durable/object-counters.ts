import type { Budget } from "../../core/budget.ts";
import type { LimitName, LimitState, Limits } from "../../ports/limits.ts";
import { type KeyValues, keyValueLimiter } from "../limiter/key-value-limiter.ts";
import { flexibleLimits } from "../limiter/limits.ts";

/** One counter, as an object counts it. */
export interface ObjectCounter {
  readonly name: LimitName;
  readonly budget: Budget;
  /** Already hashed. */
  readonly key: string;
}

/** The counters in one object. */
export interface ObjectCounters {
  /** @returns a state for each counter, up to the first that refuses */
  takeAll(counters: readonly ObjectCounter[]): Promise<readonly LimitState[]>;
  giveBackAll(counters: readonly ObjectCounter[]): Promise<void>;
}

export function objectCounters(values: KeyValues): ObjectCounters {
  const store = keyValueLimiter(values);
  /** By name and budget: another deployment may have another budget. */
  const limits = new Map<string, Limits>();
  const limitsOf = ({ budget, name }: ObjectCounter): Limits => {
    const id = JSON.stringify([name, budget]);
    const known = limits.get(id) ?? flexibleLimits({ [name]: budget }, store, async (key) => key);
    limits.set(id, known);
    return known;
  };
  const asHere = ({ key, name }: ObjectCounter) => ({ name, key, network: null });
  return {
    async takeAll(counters) {
      const states: LimitState[] = [];
      for (const counter of counters) {
        const state = await limitsOf(counter).take(asHere(counter));
        states.push(state);
        if (!state.allowed) break;
      }
      return states;
    },
    async giveBackAll(counters) {
      for (const counter of counters) await limitsOf(counter).giveBackAll([asHere(counter)]);
    },
  };
}
