import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { durableLimits } from "../../../src/adapters/durable/limits.ts";
import type { LimitsCalls } from "../../../src/adapters/durable/objects/limits-object.ts";
import type { ObjectNamespace } from "../../../src/adapters/durable/platform.ts";
import type { LimitBudgets } from "../../../src/adapters/limiter/limits.ts";
import { alone, inNetwork, limitsSuite, TEST_BUDGETS } from "../../contract/limits/limits.suite.ts";
import { expectUnavailable } from "../../contract/state/promise.ts";
import { countRows } from "../count-rows.ts";
import { ownObjects } from "../own-objects.ts";

const CLOCK = { now: Date.now };
const hash = async (key: string) => `h-${key}`;
const BUDGETS: LimitBudgets = {
  ...TEST_BUDGETS,
  "policy/of-network": [{ limit: 20, windowMs: 60_000 }],
  "policy/carrier": [{ limit: 400, windowMs: 60_000 }],
};

function begin() {
  const objects = ownObjects(env.LIMITS, env.CRASHING);
  const asked: string[] = [];
  const namespace: typeof objects.namespace = {
    idFromName: (name) => objects.namespace.idFromName(name),
    get(id) {
      asked.push(String(id));
      return objects.namespace.get(id);
    },
  };
  return { asked, objects, limits: durableLimits(namespace, BUDGETS, hash, CLOCK) };
}

/** An isolate that remembers no refusal. */
const another = ({ namespace }: ReturnType<typeof begin>["objects"]) =>
  durableLimits(namespace, BUDGETS, hash, CLOCK);

const storedIn = (object: object) =>
  runInDurableObject(object, (_, { storage }) => [...storage.kv.list()]);

limitsSuite("Durable Objects", async () => {
  const { limits, objects } = begin();
  return { limits, other: another(objects), close: async () => undefined };
});

const HOME = "network/h-192.0.2.0/24";
const ADDRESS = inNetwork("code-per-address", "192.0.2.1");
const NETWORK = inNetwork("policy/of-network", "192.0.2.0/24");
const OF_SOURCE = [ADDRESS, NETWORK];

describe("a limits object", () => {
  it("a limits object forgets nothing when it is evicted", async () => {
    const { limits, objects } = begin();
    const once = inNetwork("policy/once", "x");
    await limits.take(once);
    await evictDurableObject(objects.named(HOME));
    expect(await another(objects).take(once)).toMatchObject({ allowed: false });
  });

  it("a limits object stays while any of its windows is open, and then deletes itself", async () => {
    const { limits, objects } = begin();
    const object = objects.named(HOME);
    const counter = inNetwork("verify-per-address", "192.0.2.1");
    const { resetMs } = await limits.take(counter);
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await limits.take(counter)).toMatchObject({ remaining: 0 });
    await new Promise((resolve) => setTimeout(resolve, resetMs));
    await runDurableObjectAlarm(object);
    expect(await storedIn(object)).toEqual([]);
    expect(await limits.take(counter)).toMatchObject({ remaining: 1 });
  });

  it("an object of a busy network deletes the counters that ended, and keeps the others", async () => {
    const { limits, objects } = begin();
    const object = objects.named(HOME);
    const short = inNetwork("verify-per-address", "192.0.2.1");
    const { resetMs } = await limits.take(short);
    await limits.takeAll(OF_SOURCE);
    await new Promise((resolve) => setTimeout(resolve, resetMs));
    await runDurableObjectAlarm(object);
    const names = (await storedIn(object)).map(([name]) => name);
    expect(names).toHaveLength(2);
    expect(names.filter((name) => name.includes("verify"))).toEqual([]);
    expect(await limits.take(ADDRESS)).toMatchObject({ remaining: 3 });
  });

  it("a limits object counts on under another budget", async () => {
    const { limits, objects } = begin();
    await limits.take(ADDRESS);
    const wider = { ...BUDGETS, "code-per-address": [{ limit: 9, windowMs: 60_000 }] };
    const later = durableLimits(objects.namespace, wider, hash, CLOCK);
    expect(await later.take(ADDRESS)).toMatchObject({ remaining: 7 });
  });
});

describe("what a limit costs:", () => {
  it("what a limit costs: a row and an alarm the first time, a row each time after, and nothing past its budget", async () => {
    const { limits, objects } = begin();
    const written = await countRows(objects.named(HOME));
    await limits.take(ADDRESS);
    expect(written).toEqual({ puts: 1, alarms: 1, statements: 0 });
    for (let taken = 1; taken < 5; taken++) await limits.take(ADDRESS);
    expect(written).toEqual({ puts: 5, alarms: 1, statements: 0 });
    for (const asks of [limits, another(objects)]) {
      expect(await asks.take(ADDRESS)).toMatchObject({ allowed: false });
    }
    expect(written).toEqual({ puts: 5, alarms: 1, statements: 0 });
  });

  it("what a limit costs: one question for all limits of a source, and one for a limit of all sources", async () => {
    const { asked, limits } = begin();
    const counters = [...OF_SOURCE, inNetwork("policy/once", "x"), alone("token-per-session", "s")];
    expect(await limits.takeAll(counters)).toEqual({ taken: counters, refused: null });
    expect(asked.map((name) => name.replace(/session.\d+$/, "session/N"))).toEqual([
      HOME,
      "token-per-session/N",
    ]);
    asked.length = 0;
    await limits.giveBackAll(counters);
    expect(asked).toHaveLength(2);
  });

  it("what a limit costs: invented addresses of one network and invented fields make no object each", async () => {
    const { asked, limits } = begin();
    for (let n = 0; n < 100; n++) {
      await limits.takeAll([
        inNetwork("code-per-address", `192.0.2.${n}`),
        alone("policy/two-windows", `e-${n}`),
      ]);
    }
    expect(new Set(asked).size).toBeLessThanOrEqual(1 + 64);
  });

  it("what a limit costs: an isolate that was refused asks no object until the window ends", async () => {
    const { limits, objects } = begin();
    for (let taken = 0; taken < 6; taken++) await limits.take(ADDRESS);
    objects.takeAway();
    const refused = await limits.take(ADDRESS);
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused.resetMs).toBeGreaterThan(50_000);
  });

  it("what a limit costs: a network that is past its budget asks no object from any of its addresses", async () => {
    const { limits, objects } = begin();
    const from = (n: number) => [inNetwork("code-per-address", `192.0.2.${n}`), NETWORK];
    for (let n = 0; n < 21; n++) await limits.takeAll(from(n));
    objects.takeAway();
    for (let n = 0; n < 50; n++) {
      const { refused, taken } = await limits.takeAll(from(n));
      expect([refused?.counter.name, taken]).toEqual([NETWORK.name, []]);
    }
  });

  it("what a limit costs: a take whose answer is lost is asked for again, and counts at least once", async () => {
    const { objects } = begin();
    const lost = losingFirstAnswer(objects.namespace);
    const limits = durableLimits(lost, BUDGETS, hash, CLOCK);
    expect(await limits.take(ADDRESS)).toMatchObject({ allowed: true, remaining: 3 });
  });
});

describe("neighbours in one network's object", () => {
  it("an address that is past its own budget spends nothing of its network's or of its neighbours'", async () => {
    const { limits, objects } = begin();
    for (let tries = 0; tries < 30; tries++) {
      // A new isolate each time remembers no refusal.
      await another(objects).takeAll(OF_SOURCE);
    }
    const neighbour = [inNetwork("code-per-address", "192.0.2.2"), NETWORK];
    expect(await limits.takeAll(neighbour)).toEqual({ taken: neighbour, refused: null });
    expect(await limits.take(NETWORK)).toMatchObject({ remaining: 20 - 5 - 1 - 1 });
  });

  it("a network spends nothing of another network's", async () => {
    const { limits } = begin();
    for (let n = 0; n < 25; n++) await limits.takeAll([NETWORK]);
    const other = { name: NETWORK.name, key: "192.0.3.0/24", network: "192.0.3.0/24" };
    expect(await limits.take(other)).toMatchObject({ remaining: 19 });
  });

  it("a give-back of one address leaves the spent counter of its neighbour spent", async () => {
    const { limits, objects } = begin();
    const neighbour = inNetwork("code-per-address", "192.0.2.2");
    for (let tries = 0; tries < 8; tries++) await another(objects).take(neighbour);
    await limits.take(ADDRESS);
    await limits.giveBackAll([ADDRESS]);
    expect(await another(objects).take(neighbour)).toMatchObject({ allowed: false });
    await limits.giveBackAll([neighbour]);
    // The refused takes were not counted, so that one event fits again, and one only.
    expect(await another(objects).take(neighbour)).toMatchObject({ allowed: true });
    expect(await another(objects).take(neighbour)).toMatchObject({ allowed: false });
  });

  it("a carrier's network of 250 addresses is counted exactly, all at once", async () => {
    const { limits, objects } = begin();
    const carrier = { name: "policy/carrier", network: "192.0.2.0/24" } as const;
    const takes = Array.from({ length: 500 }, (_, n) =>
      (n % 2 === 0 ? limits : another(objects)).takeAll([
        inNetwork("code-per-address", `192.0.2.${n % 250}`),
        { ...carrier, key: carrier.network },
      ]),
    );
    const all = await Promise.all(takes);
    expect(all.filter(({ refused }) => refused === null)).toHaveLength(400);
  });
});

/** The namespace, whose first answer is lost on the way as the platform loses one. */
function losingFirstAnswer(namespace: ObjectNamespace<LimitsCalls>): ObjectNamespace<LimitsCalls> {
  let lose = true;
  return {
    idFromName: (name) => namespace.idFromName(name),
    get: (id) => ({
      check: () => namespace.get(id).check(),
      giveBackAll: (counters) => namespace.get(id).giveBackAll(counters),
      async takeAll(counters) {
        const answer = await namespace.get(id).takeAll(counters);
        if (!lose) return answer;
        lose = false;
        throw Object.assign(new Error("Network connection lost."), { retryable: true });
      },
    }),
  };
}

describe("limits in Durable Objects", () => {
  it("limits in Durable Objects say `unavailable` when the store is down", async () => {
    const { limits, objects } = begin();
    objects.takeAway();
    await expectUnavailable({
      take: () => limits.take(ADDRESS),
      check: () => limits.check(),
    });
  });

  it("limits in Durable Objects throw for a limit without a budget, rather than count nothing", async () => {
    const { objects } = begin();
    const none = durableLimits(
      objects.namespace,
      { ...BUDGETS, "code-per-address": [] },
      hash,
      CLOCK,
    );
    await expect(none.take(alone("code-per-address", "192.0.2.1"))).rejects.toThrow();
  });
});
