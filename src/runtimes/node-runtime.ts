import { getRandomValues, hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describeThrown } from "../http/request-log.ts";
import type { Log } from "../ports/log.ts";
import type { Runtime } from "../ports/runtime.ts";
import { deferDelayMs } from "./defer-delay.ts";
import { waitForAll } from "./wait-for-all.ts";

export interface NodeRuntime extends Runtime {
  /** Waits up to `ms` for deferred work, new work included. @returns how much was not done */
  drain(ms: number): Promise<number>;
}

/** The platform as Node lends it. */
export function nodeRuntime(log: Log): NodeRuntime {
  const pending = new Set<Promise<void>>();
  return {
    now: Date.now,
    randomBytes: (length) => getRandomValues(new Uint8Array(length)),
    digest: (text) => hash("sha256", text, "base64url"),
    sharesWork: true,
    sleep: async (ms) => {
      await sleep(ms);
    },
    defer(name, task) {
      const done = sleep(deferDelayMs())
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
