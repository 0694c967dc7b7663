import type { LimitName, Limits } from "../../ports/limits.ts";
import type { LimitBudgets } from "../limiter/limits.ts";
import { askObject } from "./ask-object.ts";
import type { LimitsCalls } from "./limits-object.ts";
import type { ObjectNamespace } from "./platform.ts";

/** Sent twice, one event would be counted, or given back, as two. */
const ONCE = { repeatable: false };

/**
 * Limits in Durable Objects, one for each limit and key; a limit of the whole service is one.
 *
 * @param hash names a key without telling it
 */
export function durableLimits(
  namespace: ObjectNamespace<LimitsCalls>,
  budgets: LimitBudgets,
  hash: (key: string) => Promise<string>,
): Limits {
  const objectOf = async (name: LimitName, key: string) => {
    const budget = budgets[name];
    if (budget === undefined) throw new TypeError("a limit without a budget");
    const hashed = await hash(key);
    const id = namespace.idFromName(`${name}/${hashed}`);
    return { budget, hashed, object: () => namespace.get(id) };
  };
  return {
    async take(name, key) {
      const { budget, hashed, object } = await objectOf(name, key);
      return askObject("take", ONCE, () => object().take(name, budget, hashed));
    },
    async giveBack(name, key) {
      const { budget, hashed, object } = await objectOf(name, key);
      return askObject("give-back", ONCE, () => object().giveBack(name, budget, hashed));
    },
  };
}
