import type { Limits } from "../../ports/limits.ts";
import type { LimitBudgets } from "../limiter/limits.ts";
import { askObject } from "./ask-object.ts";
import type { LimitsCalls } from "./limits-object.ts";
import type { ObjectNamespace } from "./platform.ts";

/** Taken twice, one event would be counted as two. */
const TAKE = { repeatable: false };

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
  return {
    async take(name, key) {
      const budget = budgets[name];
      if (budget === undefined) throw new TypeError("a limit without a budget");
      const hashed = await hash(key);
      const object = namespace.get(namespace.idFromName(`${name}/${hashed}`));
      return askObject("take", TAKE, () => object.take(name, budget, hashed));
    },
  };
}
