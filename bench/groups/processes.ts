import { availableParallelism } from "node:os";
import { join } from "node:path";
import { cpuMs } from "../cpu.ts";
import { type Case, type Group, loadRound, sendLoad, type Target } from "../measure.ts";
import { customerAt, inFrontOf, type RunningDoorstep, startDoorstep } from "../places/doorstep.ts";
import { writeJudgingPolicy } from "../places/policies.ts";
import { openServer } from "../process.ts";
import { doorstepGet, judgedPost, plain } from "./proxied.ts";

const REQUESTS = 30_000;
const OURS = "Doorstep: GET";
const JUDGED = "Doorstep: judged POST";
const UNDICI = "node:http + undici Pool.stream";
const [ONE, TWO] = ["one, per second", "two, per second"];
const GAIN = "two to one";
/** What the processors allow: load and backend take their share of each request. */
const MOST = "at most";
const [ONE_CPU, TWO_CPU] = ["one, CPU µs", "two, CPU µs"];
const CPU_GAIN = "CPU, two to one";
/** Of a round. Two processes need twice as much until their code is compiled: cold, they look dearer. */
const WARM = 2 / 3;

/**
 * Two processes beside one, and the same of a proxy that does nothing but forward: it shows how
 * much of a second process the load and the backend leave on this machine.
 */
export const PROCESSES: Group = {
  name: "processes",
  title: `A proxied request at two processes beside one, ${REQUESTS} requests a round`,
  rounds: 3,
  size: REQUESTS,
  comparisons: [
    { figure: GAIN, ours: OURS, against: 1, aim: { atLeast: 1.8 } },
    { figure: GAIN, ours: OURS, against: UNDICI, aim: { atLeast: 0.9 } },
    { figure: CPU_GAIN, ours: OURS, against: 1, aim: { atMost: 1.1 } },
    { figure: CPU_GAIN, ours: OURS, against: UNDICI, aim: { atMost: 1.05 } },
  ],
  async open(folder, size) {
    const upstream = await openServer("peers/upstream.ts");
    const policy = writeJudgingPolicy(folder);
    const open = async (count: number): Promise<Doorstep> => {
      const env = { ...inFrontOf(upstream.url, policy), PROCESSES: `${count}` };
      const gateway = await startDoorstep(join(folder, `processes-${count}`), env);
      return { gateway, ...(await customerAt(gateway)) };
    };
    const [one, two] = [await open(1), await open(2)];
    const get = ({ gateway, token }: Doorstep) => doorstepGet(OURS, gateway, upstream.url, token);
    const post = ({ customerId, gateway, token }: Doorstep) =>
      judgedPost(JUDGED, gateway, upstream.url, token, customerId);
    const bare = async (script: string) => peer(script, upstream.url);
    const pair = (alone: Target, both: Target) => pairCase([alone, both], upstream.pid, size);
    return {
      cases: [
        pair(get(one), get(two)),
        pair(post(one), post(two)),
        pair(await bare("peers/undici-stream.ts"), await bare("peers/undici-cluster.ts")),
      ],
      skipped: [],
    };
  },
};

interface Doorstep {
  readonly gateway: RunningDoorstep;
  readonly token: string;
  readonly customerId: string;
}

async function peer(script: string, upstream: string): Promise<Target> {
  const { pid, url } = await openServer(script, upstream);
  return plain(UNDICI, url, [pid]);
}

/** One process, then two, in each round. */
function pairCase([one, two]: readonly [Target, Target], backend: number, requests: number): Case {
  return {
    name: one.name,
    async prove() {
      for (const target of [one, two]) await target.prove();
      await sendLoad(one, Math.ceil(WARM * requests));
      await sendLoad(two, Math.ceil(2 * WARM * requests));
    },
    async round() {
      const backendBefore = cpuMs(backend);
      const alone = await loadRound(one, requests);
      const backendUs = ((cpuMs(backend) - backendBefore) * 1000) / requests;
      const both = await loadRound(two, requests);
      // All processors always busy, beside one process that keeps one busy alone.
      const allUs = alone.cpuUs + alone.loadCpuUs + backendUs;
      const most = (availableParallelism() * alone.cpuUs) / allUs;
      return {
        [ONE]: alone.perSecond,
        [TWO]: both.perSecond,
        [GAIN]: both.perSecond / alone.perSecond,
        [MOST]: Math.min(2, most),
        [ONE_CPU]: alone.cpuUs,
        [TWO_CPU]: both.cpuUs,
        [CPU_GAIN]: both.cpuUs / alone.cpuUs,
      };
    },
  };
}
