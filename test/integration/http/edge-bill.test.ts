import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Ceilings, CeilingVerdict } from "../../../src/ports/ceilings.ts";
import { customer } from "../../cases-extra/people.ts";
import {
  askForCode,
  challengeFor,
  refresh,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { type PortCall, recorder } from "../../support/gateway/recorder.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { fetchWorld } from "../../support/proxy/proxied-world.ts";
import { limitsObjects } from "../../support/stores/limits-objects.ts";

const DOCUMENT = readFileSync(join(import.meta.dirname, "../../../docs/edge.md"), "utf8");
const PHONE = "9876500001";
const UNKNOWN = "9876599999";
const REFUSED_PHONE = "9876599998";

/** What is charged on Workers: questions to Durable Objects, and rows that they write. */
interface Bill {
  readonly requests: number;
  readonly rows: number;
}

/** Every limit is asked, and refuses nothing. */
const WIDE = new Proxy({}, { get: () => [{ limit: 1_000_000, windowMs: 3_600_000 }] });

/**
 * The bill of everything that a step asks of state and directory, deferred work included. Each
 * question to a port is one to an object. A state object writes one row a write, and an alarm the
 * first time (test/edge/stores/state.workerd.test.ts).
 */
function billOf(calls: readonly PortCall[], known: Set<string>): Bill {
  const asked = calls.filter(({ method, port }) => port !== "sender" && !isFree(method));
  const writes = asked.filter(({ method }) => method === "write");
  const isNew = ({ key, method, port, shape }: PortCall): boolean => {
    const name = `${port}/${method}/${key}/${shape.length}`;
    if (known.has(name)) return false;
    known.add(name);
    return true;
  };
  return { requests: asked.length, rows: writes.length + writes.filter(isNew).length };
}

/**
 * What each call of the ceilings asks of the network's object and of the service's, and writes there
 * (test/edge/stores/ceilings.workerd.test.ts). `first`: the alarms, where the objects are new.
 */
const CEILING_BILLS = {
  take: { requests: 2, rows: 2, first: 2 },
  refused: { requests: 2, rows: 0, first: 0 },
  giveBack: { requests: 2, rows: 2, first: 0 },
  noteProven: { requests: 1, rows: 1, first: 0 },
} as const;

const REFUSED: CeilingVerdict = {
  allowed: false,
  by: "address",
  resetMs: 60_000,
  window: { limit: 60, windowMs: 60_000, endsAt: Number.MAX_SAFE_INTEGER },
};

/** Ceilings that write down what they would cost. */
function billedCeilings(inner: Ceilings) {
  let [requests, rows, isFirst, refuses] = [0, 0, true, false];
  const bill = (name: keyof typeof CEILING_BILLS) => {
    const { first, ...bill } = CEILING_BILLS[name];
    requests += bill.requests;
    rows += bill.rows + (isFirst ? first : 0);
    isFirst = isFirst && first === 0;
  };
  const ceilings: Ceilings = {
    async take(name, source) {
      const verdict = refuses ? REFUSED : await inner.take(name, source);
      bill(verdict.allowed ? "take" : "refused");
      return verdict;
    },
    giveBack(share) {
      bill("giveBack");
      return inner.giveBack(share);
    },
    noteProven(network) {
      bill("noteProven");
      return inner.noteProven(network);
    },
  };
  const take = (): Bill => {
    const taken = { requests, rows };
    [requests, rows] = [0, 0];
    return taken;
  };
  const refuse = () => {
    refuses = true;
  };
  return { ceilings, refuse, take };
}

/** The Worker's limits, and the bill of what they were asked (test/edge/stores/limits.workerd.test.ts). */
function billedLimits() {
  const { charged, isolate } = limitsObjects(WIDE, { now: Date.now });
  const limits = isolate();
  const take = (): Bill => {
    const taken = { ...charged };
    Object.assign(charged, { requests: 0, rows: 0 });
    return taken;
  };
  return { wrapLimits: () => limits, take };
}

const sumOf = (bills: readonly Bill[]): Bill =>
  bills.reduce((a, b) => ({ requests: a.requests + b.requests, rows: a.rows + b.rows }));

const isFree = (method: string): boolean => method === "available" || method === "channels";

async function bills(): Promise<Readonly<Record<string, Bill>>> {
  const ports = recorder();
  const limits = billedLimits();
  const made: ReturnType<typeof billedCeilings>[] = [];
  const gateway = await testGateway({
    documents: { customers_v2: [customer("c-1", PHONE)] },
    ...ports.options,
    peer: "203.0.113.1",
    wrapLimits: limits.wrapLimits,
    wrapCeilings(inner) {
      made.push(billedCeilings(inner));
      return made[0]?.ceilings ?? inner;
    },
  });
  const [ceilings] = made;
  const known = new Set<string>();
  const billed = async (step: () => Promise<unknown>): Promise<Bill> => {
    ports.take();
    ceilings?.take();
    limits.take();
    await step();
    await gateway.runtime.settle();
    const ofCeilings = ceilings?.take() ?? { requests: 0, rows: 0 };
    return sumOf([billOf(ports.take(), known), limits.take(), ofCeilings]);
  };
  const stranger = await billed(() => askForCode(gateway, UNKNOWN));
  let asked = await challengeFor(gateway, UNKNOWN).catch(() => null);
  const request = await billed(async () => {
    asked = await challengeFor(gateway, PHONE);
  });
  const wrong = await billed(() =>
    verify(gateway, asked?.challenge_id ?? "", wrongFor(asked?.code ?? "")),
  );
  let tokens = { refresh_token: "" };
  const logIn = async () => {
    tokens = (await verify(gateway, asked?.challenge_id ?? "", asked?.code ?? "")).body;
  };
  const first = await billed(logIn);
  asked = await challengeFor(gateway, PHONE);
  const second = await billed(logIn);
  const turned = await billed(() => refresh(gateway, tokens.refresh_token));
  ceilings?.refuse();
  const refused = await billed(() => askForCode(gateway, REFUSED_PHONE));
  return {
    "a code request past its source's share of the ceiling": refused,
    "a code request for an invented phone": stranger,
    "a customer's code request": request,
    "a wrong code": wrong,
    "the verify of a first login": first,
    "the verify of a later login": second,
    "a refresh": turned,
  };
}

/** The old web app's password login, which the proxy counts by address, network and e-mail. */
async function passwordBills(): Promise<Readonly<Record<string, Bill>>> {
  const ports = recorder();
  const limits = billedLimits();
  const { wrapLimits } = limits;
  const world = await fetchWorld({
    ...ports.options,
    wrapLimits,
    env: { TRUSTED_PROXIES: "127.0.0.1" },
  });
  const known = new Set<string>();
  const logIn = async (email: string): Promise<Bill> => {
    ports.take();
    limits.take();
    const body = { email, password: "guess" };
    const headers = [["x-forwarded-for", "203.0.113.1"]] as const;
    const got = await world.ask({ method: "POST", target: "/api/auth/login", body, headers });
    expect(got.status).toBe(401);
    await world.test.runtime.settle();
    return sumOf([billOf(ports.take(), known), limits.take()]);
  };
  const first = await logIn("invented-1@example.com");
  const next = await logIn("invented-2@example.com");
  await world.stop();
  return {
    "a password login with an invented e-mail, from a new network": first,
    "the same from that address with another e-mail": next,
  };
}

test("no step of a login costs more on Workers than docs/edge.md says", async () => {
  const all = { ...(await bills()), ...(await passwordBills()) };
  for (const [step, { requests, rows }] of Object.entries(all)) {
    const row = new RegExp(`\\| ${step} \\| (\\d+) \\| (\\d+) \\|`).exec(DOCUMENT);
    expect(row, `docs/edge.md has no row for ${step}: ${requests} and ${rows}`).not.toBeNull();
    expect(requests, `requests to objects of ${step}`).toBeLessThanOrEqual(Number(row?.[1]));
    expect(rows, `written rows of ${step}`).toBeLessThanOrEqual(Number(row?.[2]));
    // A table that says far too much is as wrong as one that says too little.
    expect(requests).toBeGreaterThanOrEqual(Number(row?.[1]) - 4);
  }
});
