import { durableLimits } from "../../../src/adapters/durable/limits.ts";
import {
  type ObjectCounters,
  objectCounters,
} from "../../../src/adapters/durable/object-counters.ts";
import type { LimitsCalls } from "../../../src/adapters/durable/objects/limits-object.ts";
import type { ObjectNamespace } from "../../../src/adapters/durable/platform.ts";
import type { LimitBudgets } from "../../../src/adapters/limiter/limits.ts";
import { ok } from "../../../src/core/result.ts";
import type { Runtime } from "../../../src/ports/runtime.ts";

/** What objects were asked and wrote; the platform charges for both. */
export interface Charged {
  requests: number;
  /** Each put, and each object's alarm. */
  rows: number;
}

/**
 * The Worker's limits in this process. The counters are those of the Durable Objects, over maps in
 * place of their storage. No window ends.
 */
export function limitsObjects(budgets: LimitBudgets, clock: Pick<Runtime, "now">) {
  const charged: Charged = { requests: 0, rows: 0 };
  const objects = new Map<string, ObjectCounters>();
  const made = (): ObjectCounters => {
    const values = new Map<string, unknown>();
    // The alarm.
    charged.rows++;
    return objectCounters({
      get: (key) => values.get(key),
      put(key, value) {
        charged.rows++;
        values.set(key, value);
      },
      delete: (key) => values.delete(key),
    });
  };
  const namespace: ObjectNamespace<LimitsCalls> = {
    idFromName: (name) => name,
    get(id) {
      const name = String(id);
      const object = objects.get(name) ?? made();
      objects.set(name, object);
      charged.requests++;
      return {
        takeAll: async (counters) => ok(await object.takeAll(counters)),
        check: async () => ok(undefined),
        giveBackAll: async (counters) => ok(await object.giveBackAll(counters)),
      };
    },
  };
  return {
    charged,
    objects,
    /** Limits of one isolate: another call makes those of another. */
    isolate: () => durableLimits(namespace, budgets, async (key) => key, clock),
  };
}
