import { LRUCache } from "lru-cache";
import type { LimitName, LimitState, Limits } from "../../ports/limits.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { LimitBudgets } from "../limiter/limits.ts";
import { askObject } from "./ask-object.ts";
import type { LimitsCalls } from "./objects/limits-object.ts";
import type { ObjectNamespace } from "./platform.ts";

/**
 * A take with a lost answer is repeated. One event may count twice, which does little harm, while a
 * failed take would cost a customer the code.
 */
const TAKE = { repeatable: true };
/** An event that is given back twice would be a credit. */
const GIVE_BACK = { repeatable: false };
/** Refusals that an isolate caches; beyond them the longest unused is dropped. */
const MAX_REFUSALS = 10_000;
/** An event that another isolate gave back takes effect here after this time at the latest. */
const REFUSAL_GOOD_MS = 60_000;

export interface DurableLimitsOptions extends Pick<Runtime, "now"> {
  /** The region for new objects. */
  readonly locationHint?: string;
}

interface Refusal {
  readonly state: LimitState;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * Limits in Durable Objects, one for each limit and key; a limit of the whole service is one
 * object. The isolate caches a refusal for a minute, or until its window ends. A script past its
 * budget costs neither a request to an object nor a written row.
 *
 * @param hash hides the key in the object's name
 */
export function durableLimits(
  namespace: ObjectNamespace<LimitsCalls>,
  budgets: LimitBudgets,
  hash: (key: string) => Promise<string>,
  { locationHint, now }: DurableLimitsOptions,
): Limits {
  const place = locationHint === undefined ? [] : ([{ locationHint }] as const);
  const refusals = new LRUCache<string, Refusal>({ max: MAX_REFUSALS });
  const objectOf = async (name: LimitName, key: string) => {
    const budget = budgets[name];
    if (budget === undefined) throw new TypeError("a limit without a budget");
    const hashed = await hash(key);
    const id = `${name}/${hashed}`;
    return { budget, hashed, id, object: () => namespace.get(namespace.idFromName(id), ...place) };
  };
  return {
    async take(name, key) {
      const { budget, hashed, id, object } = await objectOf(name, key);
      const refused = stillRefused(refusals.get(id), now());
      if (refused !== null) return refused;
      const state = await askObject("take", TAKE, () => object().take(name, budget, hashed));
      if (!state.allowed) refusals.set(id, { state, at: now() });
      return state;
    },
    async giveBack(name, key) {
      const { budget, hashed, id, object } = await objectOf(name, key);
      refusals.delete(id);
      return askObject("give-back", GIVE_BACK, () => object().giveBack(name, budget, hashed));
    },
  };
}

function stillRefused(refusal: Refusal | undefined, now: number): LimitState | null {
  if (refusal === undefined) return null;
  const { at, state } = refusal;
  const leftMs = at + state.resetMs - now;
  return leftMs > 0 && now < at + REFUSAL_GOOD_MS ? { ...state, resetMs: leftMs } : null;
}
