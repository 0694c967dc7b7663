import { getRandomValues } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describeThrown } from "../http/request-log.ts";
import type { Log } from "../ports/log.ts";
import type { Runtime } from "../ports/runtime.ts";

export interface NodeRuntime extends Runtime {
  /** Waits for deferred work, new work included. @returns what was not done by `deadline` ms */
  drain(deadlineMs: number): Promise<number>;
}

/** The platform as Node lends it. Deferred work starts once the answer had its turn. */
export function nodeRuntime(log: Log): NodeRuntime {
  const pending = new Set<Promise<void>>();
  return {
    now: Date.now,
    randomBytes: (length) => getRandomValues(new Uint8Array(length)),
    sleep: async (ms) => {
      await sleep(ms);
    },
    defer(name, task) {
      const done = new Promise((resolve) => setImmediate(resolve))
        .then(task)
        .catch((error) =>
          log.write("error", "deferred-failed", { task: name, ...describeThrown(error) }),
        )
        .finally(() => pending.delete(done));
      pending.add(done);
    },
    async drain(deadlineMs) {
      const timeout = sleep(deadlineMs, "late", { ref: false });
      while (pending.size > 0) {
        if ((await Promise.race([Promise.all(pending), timeout])) === "late") break;
      }
      return pending.size;
    },
  };
}
