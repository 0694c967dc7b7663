import { setTimeout as sleep } from "node:timers/promises";
import { jsonLog } from "../adapters/console/log.ts";
import { describeThrown } from "../http/middleware/request-log.ts";
import { allTaken, startProcess } from "../runtimes/node/processes/cluster-process.ts";
import { countedLines } from "../runtimes/node/processes/counted-lines.ts";
import { supervise } from "../runtimes/node/processes/supervise.ts";
import type { CompleteSettings } from "../runtimes/shared/complete-settings.ts";
import { toldLosses } from "./output/lines/told-losses.ts";

/** After DRAIN_DELAY; each process ends itself a moment earlier. */
const KILL_AFTER_MS = 9_850;

/** Runs `count` gateways on one port until SIGTERM or SIGINT. A second signal ends them at once. */
export async function serveProcesses(settings: CompleteSettings, count: number): Promise<never> {
  const lines = countedLines(
    process.stdout,
    toldLosses(settings, () => log),
  );
  const log = jsonLog({
    level: settings.logLevel,
    now: Date.now,
    write: (line) => void lines.write(`${line}\n`, () => undefined),
  });
  const [stopped, killed] = [new AbortController(), new AbortController()];
  const stop = () => {
    if (!stopped.signal.aborted) return stopped.abort();
    killed.abort();
    process.exit(1);
  };
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, stop);
  process.on("uncaughtException", (error) => {
    log.write("error", "crashed", describeThrown(error));
    process.exit(1);
  });
  const code = await supervise({
    count,
    log,
    stopped: stopped.signal,
    killed: killed.signal,
    drainMs: settings.connections.drainDelayMs + KILL_AFTER_MS,
    now: () => performance.now(),
    sleep: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
    start: () => startProcess(lines),
  });
  await allTaken(process.stdout);
  process.exit(code);
}
