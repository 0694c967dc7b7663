/**
 * What the built Worker costs in CPU beside the gateway on Node, on the same MongoDB, Twilio and
 * backend. Read from /proc: what this process does itself, which sends the load and passes on what
 * the Worker asks by fetch, is not in it. Time limits of Cloudflare are about such CPU.
 */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, verify, withToken } from "../test/support/gateway/gateway-client.ts";
import { mongoData } from "../test/support/stores/mongo-data.ts";
import { findMongo } from "../test/support/stores/mongo-server.ts";
import { startTwilio, type TwilioStandIn } from "../test/support/twilio/twilio-stand-in.ts";
import { buildWorker, cpuMs, type Env, openWorker, productionVars } from "./edge-worker.ts";
import { NODE, start } from "./process.ts";

const ROOT = join(import.meta.dirname, "..");
const GETS = 600;
const LOGINS = 40;
const AT_ONCE = 8;
/** Deferred work is over by then: it is not the login's. */
const REST_MS = 1_500;
const UNLIMITED = [
  ...["LIMIT_OTP_PER_ADDRESS", "LIMIT_VERIFY_PER_ADDRESS", "LIMIT_SENDS_PER_SERVICE"],
];

interface Gateway {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  /** Where its customers' phones begin. */
  readonly prefix: string;
  /** ms from the start of the process to its first answer, and the CPU of that time. */
  readonly started: { readonly ms: number; readonly cpuMs: number };
}

async function openNode(folder: string, vars: Env): Promise<Gateway> {
  const begunAt = performance.now();
  const env = { ...vars, NODE_ENV: "development", PORT: "0" };
  const script = join(ROOT, "src/cli/doorstep.ts");
  const { child, line } = start(NODE, [script, "serve"], { cwd: folder, env });
  const url = await line((text) => {
    const { event, port } = JSON.parse(text) as { event?: unknown; port?: unknown };
    return event === "started" ? `http://127.0.0.1:${port}` : null;
  });
  await fetch(`${url}/healthz`);
  const { pid = 0 } = child;
  const started = { ms: performance.now() - begunAt, cpuMs: cpuMs(pid) };
  return { name: "Node", url, pid, prefix: "98764", started };
}

/** CPU per call, over `times` calls, `AT_ONCE` at a time. */
async function cpuPer(pid: number, times: number, once: (n: number) => Promise<void>) {
  const before = cpuMs(pid);
  let next = 0;
  const each = async () => {
    while (next < times) await once(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, each));
  return (cpuMs(pid) - before) / times;
}

async function measured(gateway: Gateway, twilio: TwilioStandIn) {
  const { pid, prefix } = gateway;
  const phoneOf = (n: number) => prefix + String(n).padStart(5, "0");
  const challenges: { id: string; code: string }[] = [];
  for (let n = 0; n < LOGINS; n++) {
    const phone = phoneOf(n);
    const { body } = await ask(gateway, phone);
    const sent = () => twilio.accepted.find(({ to }) => to === `+91${phone}`)?.code;
    for (let tries = 0; sent() === undefined && tries < 200; tries++) await sleep(5);
    challenges.push({ id: body.challenge_id, code: sent() ?? "" });
  }
  await sleep(REST_MS);
  let token = "";
  const login = await cpuPer(pid, LOGINS, async (n) => {
    const { code = "", id = "" } = challenges[n] ?? {};
    const { body, status } = await verify(gateway, id, code);
    if (status !== 200) throw new Error(`${gateway.name}: a login answers ${status}`);
    token = body.access_token;
  });
  const get = async () => {
    const { status } = await withToken(gateway, "GET", "/api/orders/", token);
    if (status !== 200) throw new Error(`${gateway.name}: a GET answers ${status}`);
  };
  await cpuPer(pid, GETS / 5, get);
  return { login, get: await cpuPer(pid, GETS, get) };
}

/** Measures both and prints the table; says why where it cannot. */
export async function reportEdge(folder: string, upstream: string): Promise<void> {
  const found = findMongo();
  if ("reason" in found || process.platform !== "linux") {
    console.log(`skipped: the Worker: ${"reason" in found ? found.reason : "there is no /proc"}`);
    return;
  }
  const mongo = await found.start();
  const data = mongoData(mongo.url);
  const twilio = await startTwilio();
  const vars: Env = {
    ...Object.fromEntries(UNLIMITED.map((name) => [name, "1000000/1h"])),
    ...(await productionVars(mongo.url, twilio.url)),
    LEGACY_UPSTREAM_URL: upstream,
    LEGACY_JWT_SECRET: randomBytes(48).toString("base64"),
  };
  const node = await openNode(folder, vars);
  const worker = await openWorker(await buildWorker(join(folder, "worker")), vars);
  const gateways: readonly Gateway[] = [node, { ...worker, name: "Worker", prefix: "98765" }];
  await data.put("customers_v2", gateways.flatMap(customersOf));
  console.log(
    `\nCPU in ms, of the process: ${LOGINS} logins and ${GETS} GETs, ${AT_ONCE} at a time.`,
  );
  console.log(`\n${"".padEnd(12)}start   login's verify   proxied GET`);
  for (const gateway of gateways) {
    const { get, login } = await measured(gateway, twilio);
    const start = `${gateway.started.cpuMs}`.padStart(5);
    console.log(
      gateway.name.padEnd(12) + start + login.toFixed(1).padStart(17) + get.toFixed(2).padStart(14),
    );
  }
  console.log(
    "Start: on Node the whole process to its first answer; of the Worker its first request, with\n" +
      "its keys, in a workerd that runs. What the Worker costs is workerd's: the Durable Objects and\n" +
      "the MongoDB driver are in it, SQLite's threads as well; Cloudflare counts them one by one.",
  );
  for (const stop of [worker.stop, data.close, twilio.stop, mongo.stop]) await stop();
}

const customersOf = ({ prefix }: Gateway) =>
  Array.from({ length: LOGINS }, (_, n) => ({
    id: `${prefix}-${n}`,
    phone: prefix + String(n).padStart(5, "0"),
    name: "Asha",
    address: "Flat 1",
    area: "A",
    status: "active",
  }));
