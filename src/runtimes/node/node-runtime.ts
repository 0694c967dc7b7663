import { getRandomValues, hash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { describeThrown } from "../../http/middleware/request-log.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";
import { deferDelayMs } from "../shared/defer-delay.ts";
import { hashNow } from "./hash-now.ts";
import { waitForAll } from "./wait-for-all.ts";

export interface NodeRuntime extends Runtime {
  /** Waits up to `ms` for deferred work, new work included. @returns how much was not done */
  drain(ms: number): Promise<number>;
}

/** The platform on Node. */
export function nodeRuntime(log: Log): NodeRuntime {
  const pending = new Set<Promise<void>>();
  return {
    outlivesClients: true,
    now: Date.now,
    randomBytes: randomPool(),
    digest: (text) => hash("sha256", text, "base64url"),
    hashNow,
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

const POOL_BYTES = 4096;

/**
 * Random bytes from a pool, because each call to the system costs as much as a request's whole
 * judgement. No byte is given out twice, and used bytes are wiped from the pool.
 */
export function randomPool(fill: (pool: Uint8Array) => void = getRandomValues) {
  const pool = new Uint8Array(POOL_BYTES);
  let used = POOL_BYTES;
  return (length: number): Uint8Array<ArrayBuffer> => {
    if (length > POOL_BYTES) throw new RangeError("more random bytes than anything here needs");
    if (used + length > POOL_BYTES) {
      fill(pool);
      used = 0;
    }
    const bytes = pool.slice(used, used + length);
    pool.fill(0, used, used + length);
    used += length;
    return bytes;
  };
}
