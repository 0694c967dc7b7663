import { performance } from "node:perf_hooks";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const CHECK_MS = 1_000;
/** Share of a second in which the process worked. */
const AT_REST = 0.02;

/**
 * Once, in the first second of rest: the start leaves garbage, and room in the young generation,
 * which V8 gives back to the system only when memory is short. A process that works is let work:
 * it stands still for some 70 ms meanwhile.
 *
 * @param utilization share of the time since its last call in which the process worked, 0 to 1
 */
export function freeAtRest(utilization = loopUtilization(), free = collectAll): void {
  const check = setInterval(() => {
    if (utilization() > AT_REST) return;
    clearInterval(check);
    free();
  }, CHECK_MS).unref();
}

function loopUtilization(): () => number {
  let last = performance.eventLoopUtilization();
  return () => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    return utilization;
  };
}

/** Node has no call for this, and its flag at the command line would show `gc` to all code. */
function collectAll(): void {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as (options: object) => void;
  setFlagsFromString("--no-expose-gc");
  collect({ type: "major", flavor: "last-resort" });
}
