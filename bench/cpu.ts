import { readdirSync, readFileSync } from "node:fs";

/** One tick of /proc in ms: USER_HZ is 100 on Linux. */
const TICK_MS = 10;

/** Fields of proc_pid_stat(5), from the third on: a name may hold spaces. */
export const statOf = (pid: number | string): readonly string[] =>
  readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ") ?? [];

/** User and system time of one process, in ms. */
export function cpuMs(pid: number): number {
  const stat = statOf(pid);
  return (Number(stat[11]) + Number(stat[12])) * TICK_MS;
}

/** User and system time of processes and of all that they started, in ms. */
export function cpuOfTreesMs(pids: readonly number[]): number {
  return treesOf(pids).reduce((sum, pid) => sum + cpuMs(pid), 0);
}

/** Resident memory of one process, in MB of 2^20 bytes. */
export function memoryMb(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024;
}

/** The machine's load over the last minute. */
export const loadNow = (): number => Number(readFileSync("/proc/loadavg", "utf8").split(" ")[0]);

function parentsOfAll(): ReadonlyMap<number, number> {
  const parents = new Map<number, number>();
  for (const name of readdirSync("/proc")) {
    const parent = /^\d+$/.test(name) ? parentOf(name) : null;
    if (parent !== null) parents.set(Number(name), parent);
  }
  return parents;
}

/** Processes with their descendants: nginx's worker and Doorstep's workers are children. */
function treesOf(pids: readonly number[]): readonly number[] {
  const parents = parentsOfAll();
  const isOurs = (pid: number): boolean => {
    for (let at = pid; at > 1; at = parents.get(at) ?? 0) if (pids.includes(at)) return true;
    return false;
  };
  return [...parents.keys()].filter(isOurs);
}

/** Null where the process has ended meanwhile. */
function parentOf(pid: string): number | null {
  try {
    return Number(statOf(pid)[1]);
  } catch {
    return null;
  }
}
