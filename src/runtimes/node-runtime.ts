import { getRandomValues } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describeThrown } from "../http/request-log.ts";
import type { Log } from "../ports/log.ts";
import type { Runtime } from "../ports/runtime.ts";
import { waitForAll } from "./wait-for-all.ts";

export interface NodeRuntime extends Runtime {
  /** Waits up to `ms` for deferred work, new work included. @returns how much was not done */
  drain(ms: number): Promise<number>;
}

/**
 * Deferred work begins this long after it was asked for, and a random while later: begun earlier it
 * would delay the answer it follows, and the time of an answer would tell who is a customer.
 */
const DEFER_MS = 30;
const DEFER_JITTER_MS = 50;

/** The platform as Node lends it. */
export function nodeRuntime(log: Log): NodeRuntime {
  const pending = new Set<Promise<void>>();
  return {
    now: Date.now,
    randomBytes: (length) => getRandomValues(new Uint8Array(length)),
    sleep: async (ms) => {
      await sleep(ms);
    },
    defer(name, task) {
      const done = sleep(DEFER_MS + Math.random() * DEFER_JITTER_MS)
        .then(task)
        .catch((error) =>
          log.write("error", "deferred-failed", { task: name, ...describeThrown(error) }),
        )
        .finally(() => pending.delete(done));
      pending.add(done);
    },
    async drain(ms) {
      await waitForAll(() => [...pending], ms);
      return pending.size;
    },
  };
}
