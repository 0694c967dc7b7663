/**
 * Floods the built Worker and counts what its customers notice: 300 clients at once on one target,
 * for a bounded time, while twenty customers log in and read. Loopback only.
 *
 * node bench/edge-flood.ts [CHECKOUT whose Worker is flooded, such as a worktree of an older commit]
 * FLOOD_SECONDS (20), FLOOD_CLIENTS (300), FLOOD_ONLY (a part of a flood's name).
 */
import { randomBytes, randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Agent, fetch } from "undici";
import { mongoData } from "../test/support/stores/mongo-data.ts";
import { findMongo } from "../test/support/stores/mongo-server.ts";
import { startTwilio, type TwilioStandIn } from "../test/support/twilio/twilio-stand-in.ts";
import { buildWorker, openWorker, productionVars } from "./edge-worker.ts";
import { startServer, stopAll } from "./process.ts";

const SECONDS = Number(process.env["FLOOD_SECONDS"] ?? 20);
const CLIENTS = Number(process.env["FLOOD_CLIENTS"] ?? 300);
const CUSTOMERS = 20;
/** A customer gives a step up after this time, and counts it as failed. */
const PATIENCE_MS = 10_000;
const CODE_MS = 10_000;
const PAUSE_MS = 1_000;
/** Reads after each login: so twenty customers stay below the service's ceiling of codes. */
const READS = 10;

interface Flood {
  readonly name: string;
  /** One request of client `n`. */
  readonly send: (url: string, n: number) => Promise<unknown>;
}

const agent = new Agent({ connections: CLIENTS, pipelining: 1 });
const jsonType = { "content-type": "application/json" };
/** Each client has an address of its own, as a script behind many has. */
const addressOf = (n: number): string => `198.51.${100 + (n >> 8)}.${n & 255}`;

const post = (url: string, path: string, body: object, from: string) =>
  fetch(url + path, {
    dispatcher: agent,
    method: "POST",
    headers: { ...jsonType, "cf-connecting-ip": from },
    body: JSON.stringify(body),
  }).then((response) => response.arrayBuffer());

const FLOODS: readonly Flood[] = [
  { name: "nothing", send: () => sleep(100) },
  {
    name: "GET /readyz",
    send: async (url, n) => {
      const headers = { "cf-connecting-ip": addressOf(n) };
      await (await fetch(`${url}/readyz`, { dispatcher: agent, headers })).arrayBuffer();
    },
  },
  {
    name: "codes for one phone",
    send: (url, n) => post(url, "/auth/otp", { phone: "9876599999" }, addressOf(n)),
  },
  {
    name: "codes for invented phones",
    send: (url, n) =>
      post(url, "/auth/otp", { phone: `98${randomInt(10_000_000, 99_999_999)}` }, addressOf(n)),
  },
  {
    name: "invented e-mails",
    send: (url, n) => {
      const email = `${randomBytes(6).toString("hex")}@example.com`;
      return post(url, "/api/auth/login", { email, password: "password" }, addressOf(n));
    },
  },
];

interface Step {
  readonly ok: boolean;
  readonly ms: number;
  readonly what: string;
}

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

/** A customer's own request; a new connection has the same chance as everybody's. */
async function ask(
  url: string,
  path: string,
  init: object,
): Promise<{ status: number; body: Readonly<Record<string, string>> }> {
  const response = await fetch(url + path, {
    ...init,
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : {} };
}

/** Logs in and reads, until the flood is over. Customers begin one after another. */
async function customer(url: string, n: number, twilio: TwilioStandIn, until: number) {
  const steps: Step[] = [];
  const phone = phoneOf(n);
  const headers = { ...jsonType, "cf-connecting-ip": `203.0.${n}.7` };
  const timed = async (what: string, path: string, init: object, wanted: number) => {
    const at = performance.now();
    const answer = await ask(url, path, init).catch((): Answer => ({ status: 0, body: {} }));
    const ok = answer.status === wanted;
    const ms = performance.now() - at;
    steps.push({ ok, ms, what: ok ? what : `${what} ${answer.status}` });
    return ok ? answer.body : null;
  };
  const send = (what: string, path: string, body: object, wanted: number) =>
    timed(what, path, { method: "POST", headers, body: JSON.stringify(body) }, wanted);
  await sleep((n * SECONDS * 500) / CUSTOMERS);
  while (Date.now() < until) {
    const before = twilio.accepted.length;
    const asked = await send("code", "/auth/otp", { phone }, 202);
    const code = asked && (await codeFor(twilio, phone, before));
    if (asked && code === null) steps.push({ ok: false, ms: CODE_MS, what: "no message" });
    const body = code && { challenge_id: asked.challenge_id, code };
    const tokens = body && (await send("verify", "/auth/otp/verify", body, 200));
    for (let reads = 0; tokens && reads < READS && Date.now() < until; reads++) {
      const authorization = `Bearer ${tokens.access_token}`;
      await timed("me", "/auth/me", { headers: { ...headers, authorization } }, 200);
      await sleep(PAUSE_MS);
    }
    await sleep(PAUSE_MS);
  }
  return steps;
}

async function codeFor(twilio: TwilioStandIn, phone: string, before: number) {
  for (const until = Date.now() + CODE_MS; Date.now() < until; await sleep(20)) {
    const message = twilio.accepted.slice(before).find(({ to }) => to === `+91${phone}`);
    if (message !== undefined) return message.code;
  }
  return null;
}

const phoneOf = (n: number): string => `98765000${String(n).padStart(2, "0")}`;

async function flooded({ name, send }: Flood, url: string, twilio: TwilioStandIn) {
  const until = Date.now() + SECONDS * 1_000;
  let sent = 0;
  const clients = Array.from({ length: CLIENTS }, async (_, n) => {
    while (Date.now() < until) {
      await send(url, n).catch(() => sleep(10));
      sent++;
    }
  });
  const customers = Array.from({ length: CUSTOMERS }, (_, n) => customer(url, n, twilio, until));
  const steps = (await Promise.all(customers)).flat();
  await Promise.all(clients);
  const failed = steps.filter(({ ok }) => !ok);
  const sorted = steps.map(({ ms }) => ms).sort((a, b) => a - b);
  const p95 = sorted[Math.floor(sorted.length * 0.95)] ?? 0;
  const kinds = [...new Set(failed.map(({ what }) => what))].map(
    (what) => `${failed.filter((step) => step.what === what).length} ${what}`,
  );
  console.log(
    name.padEnd(28) +
      String(name === "nothing" ? 0 : sent).padStart(9) +
      String(steps.length).padStart(8) +
      String(failed.length).padStart(9) +
      `${Math.round(p95)} ms`.padStart(12) +
      (kinds.length > 0 ? `   ${kinds.join(", ")}` : ""),
  );
}

const folder = mkdtempSync(join(tmpdir(), "doorstep-flood-"));
process.on("exit", () => {
  stopAll();
  rmSync(folder, { recursive: true, force: true });
});

const found = findMongo();
if ("reason" in found) {
  console.log(`skipped: ${found.reason}`);
  process.exit(0);
}
const mongo = await found.start();
const data = mongoData(mongo.url);
const twilio = await startTwilio();
await data.put(
  "customers_v2",
  Array.from({ length: CUSTOMERS }, (_, n) => ({
    id: `c-${n}`,
    phone: phoneOf(n),
    name: "Asha",
    address: "Flat 1",
    area: "A",
    status: "active",
  })),
);
const checkout = process.argv[2];
const built = await buildWorker(join(folder, "worker"), checkout);
console.log(`${CLIENTS} clients for ${SECONDS} s, while ${CUSTOMERS} customers log in and read.\n`);
console.log(
  `${"flood".padEnd(28)}${"requests".padStart(9)}${"steps".padStart(8)}${"failed".padStart(9)}${"95 %".padStart(12)}`,
);
const only = process.env["FLOOD_ONLY"] ?? "";
for (const flood of FLOODS.filter(({ name }) => name.includes(only))) {
  // Each begins anew: what one flood spent must not be the next one's failure.
  const vars = {
    ...(await productionVars(mongo.url, twilio.url)),
    OTP_SENDS_PER_PHONE: "1000/1h",
    OTP_SENDS_PER_DEVICE: "1000/1h",
    LEGACY_UPSTREAM_URL: await startServer("peers/upstream.ts"),
    LEGACY_JWT_SECRET: randomBytes(48).toString("base64"),
  };
  const worker = await openWorker(built, vars, checkout);
  await flooded(flood, worker.url, twilio);
  await worker.stop();
}
for (const stop of [data.close, twilio.stop, mongo.stop]) await stop();
await agent.close();
process.exit(0);
