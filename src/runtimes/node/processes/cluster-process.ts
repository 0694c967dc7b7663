import cluster, { type Worker } from "node:cluster";
import { type EventEmitter, once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { CountedLines } from "./counted-lines.ts";
import type { ProcessEnd, ServingProcess } from "./supervise.ts";

const SERVES = "serves";
const NEWLINE = 10;
/** How long the last lines wait for a reader of the logs that does not read. */
const LAST_LINES_MS = 2_000;

/** Whether this process was started by another one of the gateway, and shares its port. */
export const isOneOfSeveral = (): boolean => cluster.isWorker;

/** Whether it speaks for all: it is alone, or was started before the others. */
export const isFirst = (): boolean => cluster.isPrimary || cluster.worker?.id === 1;

/**
 * For the started process: the first wish of the supervisor that it ends. A terminal and systemd
 * signal the whole group, so the supervisor's own signal is then the second one: no further signal
 * may end the draining. The supervisor kills what drains too long, and where the supervisor itself
 * is gone nobody accepts connections for this process any more.
 */
export function askedByTheSupervisor(): Promise<void> {
  process.send?.(SERVES);
  return new Promise((resolve) => {
    process.on("SIGINT", () => undefined);
    process.on("SIGTERM", () => resolve());
    cluster.worker?.once("disconnect", () => {
      // Node would end the process with its open requests.
      if (cluster.worker) cluster.worker.exitedAfterDisconnect = true;
      resolve();
    });
  });
}

/**
 * Starts one more process with this one's arguments and environment. All listen on one port: this
 * process accepts connections and hands them out in turn. So the port is taken as ever, which a
 * second gateway notices, and a process that ends leaves no connection that was not yet accepted.
 */
export function startProcess(output: CountedLines): ServingProcess {
  // Before the set-up, which freezes the policy: NODE_CLUSTER_SCHED_POLICY would choose another.
  if (process.platform !== "win32") cluster.schedulingPolicy = cluster.SCHED_RR;
  cluster.setupPrimary({ stdio: ["ignore", "pipe", "inherit", "ipc"] });
  const worker = cluster.fork();
  // A message to a process that has just ended fails.
  worker.on("error", () => undefined);
  if (worker.process.stdout !== null) passLines(worker.process.stdout, output);
  return {
    pid: worker.process.pid ?? 0,
    serves: servingOf(worker),
    ended: processEnd(worker.process),
    leave: () => void worker.process.kill("SIGTERM"),
    kill: () => void worker.process.kill("SIGKILL"),
  };
}

const servingOf = (worker: Worker): Promise<void> =>
  new Promise((resolve) => {
    worker.on("message", (message) => {
      if (message === SERVES) resolve();
    });
  });

/**
 * With its last lines read. Where the reader of the logs hangs, the lines are left: the place of a
 * dead process must not stay empty, and a stop must end.
 */
export async function processEnd(
  child: EventEmitter,
  lastLinesMs = LAST_LINES_MS,
): Promise<ProcessEnd> {
  const read = once(child, "close");
  const [code, signal] = await once(child, "exit");
  await Promise.race([read, sleep(lastLinesMs)]);
  return { code, signal };
}

/** Waits until the reader has taken what was written: `process.exit` drops the rest. */
export async function allTaken(
  output: NodeJS.WritableStream,
  lastLinesMs = LAST_LINES_MS,
): Promise<void> {
  const taken = new Promise<void>((resolve) => output.write("", () => resolve()));
  await Promise.race([taken, sleep(lastLinesMs)]);
}

/**
 * Whole lines only: several processes that write into one pipe would cut each other's lines, because
 * a write above PIPE_BUF (4 KiB) is not atomic.
 */
export function passLines(input: Readable, output: CountedLines): void {
  let rest: Buffer[] = [];
  const pass = (bytes: Buffer) => {
    // No "drain" follows where the system refuses the lines.
    if (!output.write(bytes, () => input.resume())) input.pause();
  };
  input.on("data", (bytes: Buffer) => {
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) {
      pass(Buffer.concat([...rest, bytes.subarray(0, end)]));
      rest = [];
    }
    if (end < bytes.length) rest.push(bytes.subarray(end));
  });
  // The line that a killed process did not finish.
  input.on("end", () => {
    if (rest.length > 0) pass(Buffer.concat([...rest, Buffer.from("\n")]));
  });
}
