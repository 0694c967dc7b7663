import { waitUntil } from "cloudflare:workers";
import { digestOf } from "../../core/bytes.ts";
import { describeThrown } from "../../http/middleware/request-log.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";
import { deferDelayMs } from "../shared/defer-delay.ts";

/**
 * The platform may treat a request without anything of its own to wait for as hung: one that waits
 * for another's scan has this timer. Today's workerd waits without it; nothing promises that.
 */
const KEEP_MS = 500;

/** The platform on Workers: deferred work holds its request for 30 s at most. */
export function workerRuntime(log: Log): Runtime {
  const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  const run = async (name: string, task: () => Promise<void>): Promise<void> => {
    const kept = setInterval(() => undefined, KEEP_MS);
    try {
      await sleep(deferDelayMs());
      await task();
    } catch (error) {
      log.write("error", "deferred-failed", { task: name, ...describeThrown(error) });
    } finally {
      clearInterval(kept);
      log.write("debug", "deferred-done", { task: name });
    }
  };
  return {
    outlivesClients: false,
    now: Date.now,
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    digest: digestOf,
    hashNow: null,
    sleep,
    defer(name, task) {
      log.write("debug", "deferred", { task: name });
      waitUntil(run(name, task));
    },
  };
}
