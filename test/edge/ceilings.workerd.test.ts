import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { durableCeilings } from "../../src/adapters/durable/ceilings.ts";
import {
  ceilingsSuite,
  hash,
  sourceAt,
  TEST_CEILINGS,
} from "../contract/ceilings/ceilings.suite.ts";
import { expectUnavailable } from "../contract/state/promise.ts";

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

it("ceilings in Durable Objects say `unavailable` when the store is down", async () => {
  const ceilings = durableCeilings(env.CRASHING as never, { budgets, hash, now: Date.now });
  await expectUnavailable({ take: () => ceilings.take("tries", sourceAt(1)) });
});
