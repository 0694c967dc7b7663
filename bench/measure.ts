import { setTimeout as sleep } from "node:timers/promises";
import { cpuOfTreesMs } from "./cpu.ts";
import type { LoadOrder, RequestLoad } from "./load-order.ts";
import { runScript } from "./process.ts";

/** What one round measures, by the figure's name. */
export type Figures = Readonly<Record<string, number>>;

/** One program that is measured beside others. */
export interface Case {
  readonly name: string;
  /** Throws where the program does not do the whole work: a wrong token passes, say. */
  prove(): Promise<void>;
  /** One round, on a program that was proven and is warm. */
  round(): Promise<Figures>;
}

/** A ratio that issue or documentation names: of two cases in one round, or of a case to a number. */
export interface Comparison {
  readonly figure: string;
  readonly ours: string;
  /** Another case, or a number. */
  readonly against: string | number;
  readonly aim: { readonly atMost: number } | { readonly atLeast: number };
}

/** Cases that are measured in turn, and can be chosen by name. */
export interface Group {
  readonly name: string;
  readonly title: string;
  readonly rounds: number;
  /** Each round takes customers of its own, and there are so many; missing: any number. */
  readonly mostRounds?: number;
  /** Requests or logins of one round. */
  readonly size: number;
  readonly comparisons: readonly Comparison[];
  /** @param folder for files of its own; gone at the end. @param size as above, or fewer in a test */
  open(
    folder: string,
    size: number,
  ): Promise<{
    readonly cases: readonly Case[];
    /** Programs that cannot be measured here, with the reason. */
    readonly skipped: readonly string[];
    stop?(): Promise<void>;
  }>;
}

export const CPU = "CPU µs";
export const RATE = "per second";

/** A program that answers one request again and again. */
export interface Target {
  readonly name: string;
  /** Every process whose CPU counts; those that they started count as well. */
  readonly pids: readonly number[];
  readonly order: Omit<LoadOrder, "connections" | "requests">;
  /** Of a program that logs each request. */
  lines?(): number;
  prove(): Promise<void>;
}

const CONNECTIONS = 32;
const LOG_WAIT_MS = 5_000;

/** CPU of the target's own processes for each request, and answers a second. */
export function loadCase(target: Target, requests: number): Case {
  return {
    name: target.name,
    async prove() {
      await target.prove();
      // A round that does not count: much is compiled only after some ten thousand requests.
      await sendLoad(target, requests);
    },
    async round() {
      const { cpuUs, perSecond } = await loadRound(target, requests);
      return { [CPU]: cpuUs, [RATE]: perSecond };
    },
  };
}

/** Sends `requests`, each of which must be answered rightly. */
export async function sendLoad({ name, order }: Target, requests: number): Promise<RequestLoad> {
  const whole: LoadOrder = { ...order, connections: CONNECTIONS, requests };
  const load = await runScript<RequestLoad>("load.ts", JSON.stringify(whole));
  const [fault] = load.wrong;
  if (fault !== undefined) throw new Error(`${name}: ${fault[0]}, ${fault[1]} times`);
  return load;
}

/** CPU for each request, of the target and of the load. */
export async function loadRound(target: Target, requests: number) {
  const { lines, name, pids } = target;
  const [cpu, logged] = [cpuOfTreesMs(pids), lines?.() ?? 0];
  const { cpuMs, perSecond } = await sendLoad(target, requests);
  if (lines !== undefined) await logLines(name, lines, logged + requests);
  const perRequest = (ms: number) => (ms * 1000) / requests;
  return {
    cpuUs: perRequest(cpuOfTreesMs(pids) - cpu),
    loadCpuUs: perRequest(cpuMs),
    perSecond,
  };
}

/** A round counts only with its log: a program that stopped logging would seem cheaper. */
export async function logLines(name: string, lines: () => number, wanted: number): Promise<void> {
  for (const until = performance.now() + LOG_WAIT_MS; lines() < wanted; await sleep(5)) {
    if (performance.now() > until) throw new Error(`${name}: ${wanted - lines()} log lines less`);
  }
}
