import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { childrenOf } from "../cpu.ts";
import { type Case, CPU, type Group, loadCase, RATE } from "../measure.ts";
import { customerAt, inFrontOf, ROOT, startDoorstep } from "../places/doorstep.ts";
import { openServer } from "../process.ts";
import { must } from "../prove.ts";
import { doorstepGet } from "./proxied.ts";

const REQUESTS = 15_000;
const ONE = "Doorstep: one process";
const TWO = "Doorstep: PROCESSES=2";
const START_MS = 10_000;

/** Two processes beside one. On two processors the load and the backend leave them no second one. */
export const PROCESSES: Group = {
  name: "processes",
  title: `A proxied GET at two processes beside one, ${REQUESTS} requests a round`,
  rounds: 4,
  size: REQUESTS,
  comparisons: [
    { figure: RATE, ours: TWO, against: ONE, aim: { atLeast: 1.8 } },
    { figure: CPU, ours: TWO, against: ONE, aim: { atMost: 1.1 } },
  ],
  async open(folder, size) {
    const { url } = await openServer("peers/upstream.ts");
    const cases: Case[] = [];
    for (const [name, count] of [
      [ONE, 1],
      [TWO, 2],
    ] as const) {
      const env = inFrontOf(url, join(ROOT, "policy/earlybird.json"));
      const place = join(folder, `processes-${count}`);
      const gateway = await startDoorstep(place, { ...env, PROCESSES: `${count}` });
      if (count > 1) await allServe(name, gateway.pid, count);
      const { token } = await customerAt(gateway);
      cases.push(loadCase(doorstepGet(name, gateway, url, token), size));
    }
    return { cases, skipped: [] };
  },
};

/** The second process starts after the first one serves. */
async function allServe(name: string, pid: number, count: number): Promise<void> {
  for (
    const until = performance.now() + START_MS;
    childrenOf(pid).length < count;
    await sleep(20)
  ) {
    must(name, performance.now() < until, "a process is missing");
  }
  await sleep(1_000);
}
