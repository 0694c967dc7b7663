import type { Log } from "../../../ports/log.ts";
import { afterEnd } from "./restarts.ts";

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A process of the gateway that this one started. */
export interface ServingProcess {
  readonly pid: number;
  /** When it answers requests. Open for ever where it ends before. */
  readonly serves: Promise<void>;
  readonly ended: Promise<ProcessEnd>;
  /** Asks it to drain and end. */
  leave(): void;
  kill(): void;
}

export interface Supervised {
  /** How many serve at a time. */
  readonly count: number;
  readonly log: Log;
  /** Aborted when all are to drain and end. */
  readonly stopped: AbortSignal;
  /** Aborted when all are to end at once. */
  readonly killed: AbortSignal;
  /** How long a process may drain before it is killed. */
  readonly drainMs: number;
  start(): ServingProcess;
  now(): number;
  /** Returns early when the signal is aborted. */
  sleep(ms: number, until: AbortSignal): Promise<void>;
}

/**
 * Keeps `count` processes serving until `stopped`: one that ends is replaced, after a pause that
 * grows while its replacements end at once. After eight such ends in a row in one place all others
 * end as well. Each place counts alone: an outage that ends eight processes once is no such row.
 *
 * The first one starts alone: wrong settings are said once, and its end before it serves is the end.
 *
 * @returns the exit code
 */
export async function supervise(options: Supervised): Promise<number> {
  const supervisor = new Supervisor(options);
  const first = supervisor.start();
  const failed = await Promise.race([first.serves.then(() => null), first.ended]);
  if (failed !== null) return options.stopped.aborted ? 0 : (failed.code ?? 1);
  await supervisor.keepAll(first);
  return supervisor.hasGivenUp ? 1 : 0;
}

class Supervisor {
  readonly #options: Supervised;
  readonly #running = new Set<ServingProcess>();
  readonly #leaving = new AbortController();
  hasGivenUp = false;

  constructor(options: Supervised) {
    this.#options = options;
    const leave = () => this.#leave();
    if (options.stopped.aborted) leave();
    else options.stopped.addEventListener("abort", leave, { once: true });
    options.killed.addEventListener("abort", () => this.#kill(), { once: true });
  }

  start(): ServingProcess {
    const started = this.#options.start();
    this.#running.add(started);
    void started.ended.then(() => this.#running.delete(started));
    if (this.#leaving.signal.aborted) started.leave();
    return started;
  }

  async keepAll(first: ServingProcess): Promise<void> {
    const { count, log } = this.#options;
    const others = this.#leaving.signal.aborted
      ? []
      : Array.from({ length: count - 1 }, () => this.start());
    const all = [first, ...others];
    void Promise.all(all.map(({ serves }) => serves)).then(() =>
      log.write("info", "processes", { count }),
    );
    await Promise.all(all.map((one) => this.#keep(one)));
  }

  /** One place: a process, then the one that replaces it. */
  async #keep(first: ServingProcess): Promise<void> {
    const { now, sleep } = this.#options;
    let soonInARow = 0;
    for (let current = first; ; current = this.start()) {
      let servesSince: number | null = null;
      void current.serves.then(() => {
        servesSince = now();
      });
      const end = await current.ended;
      if (this.#leaving.signal.aborted) return;
      // A start that hangs and fails is no life: else it would be repeated for ever.
      const after = afterEnd(soonInARow, servesSince === null ? 0 : now() - servesSince);
      soonInARow = after.soonInARow;
      this.#logEnd(current, end, after.pauseMs);
      if (after.pauseMs === null) return this.#giveUp(soonInARow);
      await sleep(after.pauseMs, this.#leaving.signal);
      if (this.#leaving.signal.aborted) return;
    }
  }

  #logEnd({ pid }: ServingProcess, end: ProcessEnd, pauseMs: number | null): void {
    // One that ended by itself, and rightly, was asked to by an operator.
    const level = end.code === 0 ? "warn" : "error";
    this.#options.log.write(level, "process-ended", { pid, ...end, restart_in_ms: pauseMs });
  }

  #giveUp(endedAtOnce: number): void {
    this.hasGivenUp = true;
    this.#options.log.write("error", "processes-given-up", { ended_at_once: endedAtOnce });
    this.#leave();
  }

  #leave(): void {
    this.#leaving.abort();
    for (const one of this.#running) one.leave();
    setTimeout(() => this.#kill(), this.#options.drainMs).unref();
  }

  #kill(): void {
    for (const one of this.#running) one.kill();
  }
}
