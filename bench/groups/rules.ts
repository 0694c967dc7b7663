import { join } from "node:path";
import { CPU, type Group, loadCase, RATE, type Target } from "../measure.ts";
import { customerAt, inFrontOf, startDoorstep } from "../places/doorstep.ts";
import { writeRules } from "../places/policies.ts";
import { openServer } from "../process.ts";
import { doorstepGet } from "./proxied.ts";

const REQUESTS = 15_000;
const FEW = "Doorstep: 10 rules";
const MANY = "Doorstep: 1,000 rules";

/** What more rules cost a request. */
export const RULES: Group = {
  name: "rules",
  title: `A proxied GET by a policy of 1,000 rules beside one of 10, ${REQUESTS} requests a round`,
  rounds: 4,
  size: REQUESTS,
  comparisons: [
    { figure: RATE, ours: MANY, against: FEW, aim: { atLeast: 0.97 } },
    { figure: CPU, ours: MANY, against: FEW, aim: { atMost: 1.03 } },
  ],
  async open(folder, size) {
    const { url } = await openServer("peers/upstream.ts");
    const targets: Target[] = [];
    for (const [name, count] of [
      [FEW, 10],
      [MANY, 1_000],
    ] as const) {
      const env = inFrontOf(url, writeRules(folder, count));
      const gateway = await startDoorstep(join(folder, `rules-${count}`), env);
      targets.push(doorstepGet(name, gateway, url, (await customerAt(gateway)).token));
    }
    return { cases: targets.map((target) => loadCase(target, size)), skipped: [] };
  },
};
