import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuMs, memoryMb } from "../cpu.ts";
import type { Case, Figures, Group } from "../measure.ts";
import { checkouts, inFrontOf, ROOT, startDoorstep } from "../places/doorstep.ts";
import { openServer } from "../process.ts";
import { ask, must } from "../prove.ts";

const FIRST = "first answer ms";
const START_CPU = "CPU ms";
const MEMORY = "memory MB";
const [STORES, WITH_BACKEND] = ["embedded stores", "embedded stores and a backend"];
const EMBEDDED = `Doorstep: ${STORES}`;
/** The memory of a process that has done its first work, and rests. */
const REST_MS = 3_000;
const LOOK_MS = 20;

/** From the command to the first answer, the compile cache warm, and the memory at rest. */
export const START: Group = {
  name: "start",
  title: "From the start of the process to its first answer, and its memory at rest",
  rounds: 5,
  size: 1,
  comparisons: [
    { figure: FIRST, ours: EMBEDDED, against: 400, aim: { atMost: 1 } },
    { figure: MEMORY, ours: EMBEDDED, against: 110, aim: { atMost: 1 } },
  ],
  async open(folder) {
    const { url } = await openServer("peers/upstream.ts");
    const forwarding = inFrontOf(url, join(ROOT, "policy/earlybird.json"));
    const cases = checkouts().flatMap(({ label, root }) => {
      const place = (name: string) => join(folder, `${name}-${label}`);
      const [alone, proxy] = [place("start"), place("proxy")];
      return [
        startCase(`${label}: ${STORES}`, () => startDoorstep(alone, {}, root)),
        startCase(`${label}: ${WITH_BACKEND}`, () => startDoorstep(proxy, forwarding, root)),
      ];
    });
    return { cases, skipped: [] };
  },
};

type Opened = { readonly url: string; readonly pid: number; stop(): Promise<void> };

function startCase(name: string, open: () => Promise<Opened>): Case {
  const round = async (end: (opened: Opened) => Promise<void>): Promise<Figures> => {
    const begunAt = performance.now();
    const opened = await open();
    const { pid, url } = opened;
    const { status, text } = await ask(`${url}/healthz`);
    const [first, cpu] = [performance.now() - begunAt, cpuMs(pid)];
    must(name, status === 200 && text.includes("ok"), `${status}: ${text}`);
    await sleep(REST_MS);
    const memory = memoryMb(pid);
    await end(opened);
    return { [FIRST]: first, [START_CPU]: cpu, [MEMORY]: memory };
  };
  return {
    name,
    prove: async () => void (await round(endWell)),
    round: () => round(({ stop }) => stop()),
  };
}

/** Node writes its compile cache when a process ends by itself: a killed one leaves it cold. */
async function endWell({ pid, stop }: Opened): Promise<void> {
  process.kill(pid, "SIGTERM");
  while (existsSync(`/proc/${pid}`)) await sleep(LOOK_MS);
  await stop();
}
