import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, fetch } from "undici";
import { send, withToken } from "../../test/support/gateway/gateway-client.ts";
import { mongoData } from "../../test/support/stores/mongo-data.ts";
import { findMongo } from "../../test/support/stores/mongo-server.ts";
import { startTwilio, type TwilioStandIn } from "../../test/support/twilio/twilio-stand-in.ts";
import { cpuMs } from "../cpu.ts";
import { buildWorker, type Env, openWorker, productionVars } from "../edge-worker.ts";
import type { Case, Figures, Group } from "../measure.ts";
import { startDoorstep } from "../places/doorstep.ts";
import { openServer } from "../process.ts";
import { must, refusesWrongTokens } from "../prove.ts";

const GETS = 600;
const LOGINS = 40;
const AT_ONCE = 8;
/** Deferred work is over by then: it is not the login's. */
const REST_MS = 1_500;
const UNLIMITED = ["LIMIT_OTP_PER_ADDRESS", "LIMIT_VERIFY_PER_ADDRESS", "LIMIT_SENDS_PER_SERVICE"];
const GET = "GET, CPU ms";
const VERIFY = "verify, CPU ms";
const FIRST = "first request, CPU ms";
/** A request that touches neither store nor backend: the platform itself, and the harness. */
const HEALTH = "health, CPU ms";
const WORKER = "Worker, in workerd";
const PATH = "/api/orders/";

interface Gateway {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** The first digits of its customers' phones. */
  readonly prefix: string;
  readonly firstCpuMs: number;
}

/**
 * The built Worker beside the gateway on Node, on the same MongoDB, Twilio and backend. The figures
 * are workerd's, with the Durable Objects and the MongoDB driver in it; Cloudflare counts them one
 * by one. This process sends the load and passes on the Worker's own fetches: that is not counted.
 */
export const WORKER_GROUP: Group = {
  name: "worker",
  title: `CPU of the Worker's workerd: ${LOGINS} logins and ${GETS} GETs, ${AT_ONCE} at a time`,
  rounds: 1,
  size: LOGINS,
  comparisons: [
    { figure: GET, ours: WORKER, against: 5.7, aim: { atMost: 1 } },
    { figure: VERIFY, ours: WORKER, against: 41, aim: { atMost: 1 } },
  ],
  async open(folder) {
    const found = findMongo();
    if ("reason" in found) return { cases: [], skipped: [`the Worker: ${found.reason}`] };
    const mongo = await found.start();
    const [data, twilio] = [mongoData(mongo.url), await startTwilio()];
    const vars: Env = {
      ...Object.fromEntries(UNLIMITED.map((name) => [name, "1000000/1h"])),
      ...(await productionVars(mongo.url, twilio.url)),
      LEGACY_UPSTREAM_URL: (await openServer("peers/upstream.ts")).url,
      LEGACY_JWT_SECRET: randomBytes(48).toString("base64"),
    };
    const node = await openNode(join(folder, "worker-node"), vars);
    const worker = await openWorker(await buildWorker(join(folder, "worker")), vars);
    const gateways: readonly Gateway[] = [
      node,
      { ...worker, name: WORKER, prefix: "98765", firstCpuMs: worker.started.cpuMs },
    ];
    await data.put("customers_v2", gateways.flatMap(customersOf));
    return {
      cases: gateways.map((gateway) => caseOf(gateway, twilio)),
      skipped: [],
      async stop() {
        for (const stop of [worker.stop, data.close, twilio.stop, mongo.stop]) await stop();
      },
    };
  },
};

async function openNode(folder: string, vars: Env): Promise<Gateway> {
  const { pid, url } = await startDoorstep(folder, { ...vars, NODE_ENV: "development" });
  await fetch(`${url}/healthz`);
  const name = "Node, on the same stores";
  return { name, url, pid, prefix: "98764", firstCpuMs: cpuMs(pid) };
}

function caseOf(gateway: Gateway, twilio: TwilioStandIn): Case {
  let token = "";
  return {
    name: gateway.name,
    prove: async () => undefined,
    async round(): Promise<Figures> {
      const challenges = await challengesOf(gateway, twilio);
      const verified = await cpuPer(gateway.pid, LOGINS, async (n) => {
        const { code = "", id = "" } = challenges[n] ?? {};
        const body = { challenge_id: id, code };
        token = (await post(gateway, n, "/auth/otp/verify", body, 200)).access_token ?? "";
      });
      await refusesWrongTokens(gateway.name, gateway.url + PATH, token);
      const get = async () => {
        const { status } = await withToken(gateway, "GET", PATH, token);
        must(gateway.name, status === 200, `a GET is answered ${status}`);
      };
      const health = async () => {
        const { status } = await send(gateway, "GET", "/healthz");
        must(gateway.name, status === 200, `/healthz is answered ${status}`);
      };
      await cpuPer(gateway.pid, GETS / 5, get);
      const floor = await cpuPer(gateway.pid, GETS, health);
      const got = await cpuPer(gateway.pid, GETS, get);
      return { [FIRST]: gateway.firstCpuMs, [HEALTH]: floor, [GET]: got, [VERIFY]: verified };
    },
  };
}

async function challengesOf(gateway: Gateway, twilio: TwilioStandIn) {
  const challenges: { readonly id: string; readonly code: string }[] = [];
  for (let n = 0; n < LOGINS; n++) {
    const phone = phoneOf(gateway, n);
    const before = twilio.accepted.length;
    const { challenge_id: id = "" } = await post(gateway, n, "/auth/otp", { phone }, 202);
    // An earlier round's message holds another code.
    const sent = () => twilio.accepted.slice(before).find(({ to }) => to === `+91${phone}`)?.code;
    for (let tries = 0; sent() === undefined && tries < 400; tries++) await sleep(5);
    challenges.push({ id, code: sent() ?? "" });
  }
  await sleep(REST_MS);
  return challenges;
}

/**
 * A customer's request, each customer from one network: a network's limits are in an object of its
 * own, and a login that changed its network in the middle would make two of them.
 */
async function post(
  { name, url }: Gateway,
  n: number,
  path: string,
  body: Readonly<Record<string, string>>,
  wanted: number,
): Promise<Readonly<Record<string, string>>> {
  const dispatcher = new Agent({ localAddress: `127.${20 + n}.1.1` });
  const headers = { "content-type": "application/json" };
  const sent = { method: "POST", headers, body: JSON.stringify(body), dispatcher };
  const answer = await fetch(url + path, sent);
  must(name, answer.status === wanted, `${path} is answered ${answer.status}`);
  const read = (await answer.json()) as Readonly<Record<string, string>>;
  await dispatcher.close();
  return read;
}

/** CPU per call in ms, over `times` calls, `AT_ONCE` at a time. */
async function cpuPer(pid: number, times: number, once: (n: number) => Promise<void>) {
  const before = cpuMs(pid);
  let next = 0;
  const each = async () => {
    while (next < times) await once(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, each));
  return (cpuMs(pid) - before) / times;
}

const phoneOf = ({ prefix }: Pick<Gateway, "prefix">, n: number): string =>
  prefix + String(n).padStart(5, "0");

const customersOf = (gateway: Gateway) =>
  Array.from({ length: LOGINS }, (_, n) => ({
    id: `${gateway.prefix}-${n}`,
    phone: phoneOf(gateway, n),
    name: "Asha",
    address: "Flat 1",
    area: "A",
    status: "active",
  }));
