import { LRUCache } from "lru-cache";
import type { LimitName, LimitState, Limits } from "../../ports/limits.ts";
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
/** Given back twice, one event would be a credit. */
const GIVE_BACK = { repeatable: false };
/** Refusals that an isolate remembers; beyond them the longest unused is asked for again. */
const MAX_REFUSALS = 10_000;
/** What another isolate gave back is seen here after this time at the latest. */
const REFUSAL_GOOD_MS = 60_000;

export interface DurableLimitsOptions extends Pick<Runtime, "now"> {
  /** Where objects are made that do not exist yet. */
  readonly locationHint?: string;
}

interface Refusal {
  readonly state: LimitState;
  /** Epoch ms. */
  readonly at: number;
}

/**
 * Limits in Durable Objects, one for each limit and key; a limit of the whole service is one.
 * A refusal is remembered in the isolate for a minute, or until its window ends. Past its budget a
 * script costs neither a request to an object nor a written row.
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
