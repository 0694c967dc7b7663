import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { durableCeilings } from "../../../src/adapters/durable/ceilings.ts";
import type { ObjectId } from "../../../src/adapters/durable/platform.ts";
import type { ClientSource } from "../../../src/core/address/client-source.ts";
import type { CeilingShare, Ceilings } from "../../../src/ports/ceilings.ts";
import {
  ceilingsSuite,
  hash,
  sourceAt,
  TEST_CEILINGS,
} from "../../contract/ceilings/ceilings.suite.ts";
import { expectUnavailable } from "../../contract/state/promise.ts";
import { countRows } from "../count-rows.ts";

const budgets = TEST_CEILINGS;
const objectNamed = (name: string) => env.CEILINGS.get(env.CEILINGS.idFromName(name)) as never;

const storedIn = (name: string) =>
  runInDurableObject(objectNamed(name), (_, { storage }) => [...storage.kv.list()]);

ceilingsSuite("Durable Objects", async () => {
  const space = `${crypto.randomUUID()}/`;
  return {
    open: async (now) => durableCeilings(env.CEILINGS, { budgets, hash, now, space }),
    stored: async () => {
      const network = `${space}network/${await hash(sourceAt(7).network)}`;
      const entries = [...(await storedIn(network)), ...(await storedIn(`${space}service`))];
      return (
        network + JSON.stringify(entries, (_, value) => (value instanceof Map ? [...value] : value))
      );
    },
    close: async () => undefined,
    remembers: "an isolate remembers a network's refusal for all its addresses",
  };
});

it("a ceilings object writes nothing for who is refused, and deletes itself when all is over", async () => {
  const space = `${crypto.randomUUID()}/`;
  let now = Date.now() - 2 * 86_400_000;
  const ceilings = durableCeilings(env.CEILINGS, { budgets, hash, now: () => now, space });
  for (let n = 0; n < 20; n++) await ceilings.take("requests", sourceAt(n));
  expect(await ceilings.take("requests", sourceAt(50))).toMatchObject({ allowed: false });
  expect(await storedIn(`${space}network/${await hash(sourceAt(50).network)}`)).toEqual([]);
  await runDurableObjectAlarm(objectNamed(`${space}service`));
  expect(await storedIn(`${space}service`)).toEqual([]);
  now = Date.now();
  expect(await ceilings.take("requests", sourceAt(50))).toMatchObject({ allowed: true });
});

/** Ceilings of one isolate, whose questions to objects are counted. */
function counted(space: string, now: () => number) {
  const asked = { count: 0 };
  const namespace = {
    idFromName: (name: string) => env.CEILINGS.idFromName(name),
    get(id: ObjectId) {
      asked.count++;
      return env.CEILINGS.get(id);
    },
  };
  return { asked, ceilings: durableCeilings(namespace, { budgets, hash, now, space }) };
}

const fill = async (ceilings: Ceilings, count: number, from: (n: number) => ClientSource) => {
  const shares: CeilingShare[] = [];
  for (let n = 0; n < count; n++) {
    const taken = await ceilings.take("requests", from(n));
    if (taken.allowed) shares.push(taken.share);
  }
  return shares;
};

/** The middle of a minute to come. */
const middle = () => Math.ceil(Date.now() / 60_000) * 60_000 + 30_000;

it("a source that is refused asks no object for ten seconds, nor do its neighbours in the network", async () => {
  let now = middle();
  const { asked, ceilings } = counted(`${crypto.randomUUID()}/`, () => now);
  await fill(ceilings, 10, (n) => sourceAt(1, n));
  const refusals = async () => {
    asked.count = 0;
    for (let n = 0; n < 20; n++) {
      const verdict = await ceilings.take("requests", sourceAt(1, 99 + n));
      expect(verdict).toMatchObject({ allowed: false, by: "network" });
    }
    return asked.count;
  };
  expect(await refusals()).toBe(1);
  now += 9_999;
  expect(await refusals()).toBe(0);
  now += 1;
  expect(await refusals()).toBe(1);
  expect(await ceilings.take("requests", sourceAt(1, 99))).toMatchObject({ resetMs: 20_000 });
  expect(await ceilings.take("requests", sourceAt(2)), "another").toMatchObject({ allowed: true });
  now += 20_000;
  expect(await ceilings.take("requests", sourceAt(1)), "the next window").toMatchObject({
    allowed: true,
  });
});

it("a refusal of one name is none of another, and a refused address none of its neighbours", async () => {
  const now = middle();
  const { ceilings } = counted(`${crypto.randomUUID()}/`, () => now);
  await fill(ceilings, 1, () => sourceAt(1));
  await fill(ceilings, 9, (n) => sourceAt(10 + n));
  const one = await ceilings.take("requests", sourceAt(1));
  expect(one).toMatchObject({ allowed: false, by: "address" });
  expect(await ceilings.take("tries", sourceAt(1))).toMatchObject({ allowed: true });
  expect(await ceilings.take("requests", sourceAt(1, 2))).toMatchObject({ allowed: true });
});

it("a full service opens again: at once where the share was given back, and a second later elsewhere", async () => {
  let now = middle();
  const space = `${crypto.randomUUID()}/`;
  const [here, there] = [counted(space, () => now), counted(space, () => now)];
  const shares = await fill(here.ceilings, 20, sourceAt);
  const full = { allowed: false, by: "service" };
  expect(await here.ceilings.take("requests", sourceAt(100))).toMatchObject(full);
  expect(await there.ceilings.take("requests", sourceAt(101))).toMatchObject(full);
  const [first, second] = shares;
  if (first === undefined || second === undefined) throw new Error("nothing was taken");
  await here.ceilings.giveBack(first);
  expect(await here.ceilings.take("requests", sourceAt(100))).toMatchObject({ allowed: true });
  await here.ceilings.giveBack(second);
  expect(await there.ceilings.take("requests", sourceAt(101))).toMatchObject(full);
  now += 1_000;
  expect(await there.ceilings.take("requests", sourceAt(101))).toMatchObject({ allowed: true });
});

it("a network that is proven while it is refused draws on the reserve at once", async () => {
  const now = middle();
  const { ceilings } = counted(`${crypto.randomUUID()}/`, () => now);
  await fill(ceilings, 20, sourceAt);
  expect(await ceilings.take("requests", sourceAt(100))).toMatchObject({ allowed: false });
  await ceilings.noteProven(sourceAt(100).network);
  expect(await ceilings.take("requests", sourceAt(100))).toMatchObject({ allowed: true });
});

it("a share costs a row in each of two objects and an alarm the first time, and a refusal nothing", async () => {
  const space = `${crypto.randomUUID()}/`;
  const now = middle();
  const { asked, ceilings } = counted(space, () => now);
  const network = await countRows(
    objectNamed(`${space}network/${await hash(sourceAt(1).network)}`),
  );
  const service = await countRows(objectNamed(`${space}service`));
  const cost = () => {
    const { count } = asked;
    const rows = [network, service].map(({ alarms, puts }) => puts + alarms);
    Object.assign(asked, { count: 0 });
    for (const written of [network, service]) Object.assign(written, { puts: 0, alarms: 0 });
    return { count, rows };
  };
  const [share] = await fill(ceilings, 1, () => sourceAt(1));
  expect(cost()).toEqual({ count: 1, rows: [2, 2] });
  await fill(ceilings, 9, (n) => sourceAt(1, n));
  expect(cost()).toEqual({ count: 9, rows: [9, 9] });
  expect(await ceilings.take("requests", sourceAt(1, 99))).toMatchObject({ allowed: false });
  expect(cost()).toEqual({ count: 1, rows: [0, 0] });
  if (share === undefined) throw new Error("nothing was taken");
  await ceilings.giveBack(share);
  expect(cost()).toEqual({ count: 1, rows: [1, 1] });
  await ceilings.noteProven(sourceAt(1).network);
  expect(cost()).toEqual({ count: 1, rows: [1, 0] });
});

it("ceilings in Durable Objects say `unavailable` when the store is down", async () => {
  const ceilings = durableCeilings(env.CRASHING as never, { budgets, hash, now: Date.now });
  await expectUnavailable({ take: () => ceilings.take("tries", sourceAt(1)) });
});
