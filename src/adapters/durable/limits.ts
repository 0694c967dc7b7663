import { LRUCache } from "lru-cache";
import type { LimitState, Limits } from "../../ports/limits.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { LimitBudgets } from "../limiter/limits.ts";
import { askObject } from "./ask-object.ts";
import type { LimitsCalls } from "./limits-object.ts";
import type { ObjectNamespace } from "./platform.ts";

/**
 * A take whose answer was lost is asked for again: one event may count as two, which harms nobody,
 * while a take that fails would cost a customer the code.
 */
const TAKE = { repeatable: true };
/** Refusals that an isolate remembers; beyond them the longest unused is asked for again. */
const MAX_REFUSALS = 10_000;

export interface DurableLimitsOptions extends Pick<Runtime, "now"> {
  /** Where objects are made that do not exist yet. */
  readonly locationHint?: string;
}

interface Refusal {
  readonly state: LimitState;
  /** Epoch ms. */
  readonly until: number;
}

/**
 * Limits in Durable Objects, one for each limit and key; a limit of the whole service is one.
 *
 * A refusal is remembered in the isolate until its window ends. Past its budget a script costs
 * neither a request to an object nor a written row.
 *
 * @param hash names a key without telling it
 */
export function durableLimits(
  namespace: ObjectNamespace<LimitsCalls>,
  budgets: LimitBudgets,
  hash: (key: string) => Promise<string>,
  { locationHint, now }: DurableLimitsOptions,
): Limits {
  const place = locationHint === undefined ? [] : ([{ locationHint }] as const);
  const refusals = new LRUCache<string, Refusal>({ max: MAX_REFUSALS });
  return {
    async take(name, key) {
      const budget = budgets[name];
      if (budget === undefined) throw new TypeError("a limit without a budget");
      const hashed = await hash(key);
      const id = `${name}/${hashed}`;
      const refused = refusals.get(id);
      if (refused !== undefined && refused.until > now()) {
        return { ...refused.state, resetMs: refused.until - now() };
      }
      const object = () => namespace.get(namespace.idFromName(id), ...place);
      const state = await askObject("take", TAKE, () => object().take(name, budget, hashed));
      if (!state.allowed) refusals.set(id, { state, until: now() + state.resetMs });
      return state;
    },
  };
}
