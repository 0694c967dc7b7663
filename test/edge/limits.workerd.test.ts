import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { durableLimits } from "../../src/adapters/durable/limits.ts";
import type { LimitsCalls } from "../../src/adapters/durable/objects/limits-object.ts";
import type { ObjectNamespace } from "../../src/adapters/durable/platform.ts";
import type { Limits } from "../../src/ports/limits.ts";
import { alone, limitsSuite, TEST_BUDGETS } from "../contract/limits/limits.suite.ts";
import { expectUnavailable } from "../contract/state/promise.ts";
import { countRows } from "./count-rows.ts";
import { ownObjects } from "./own-objects.ts";

const CLOCK = { now: Date.now };
const hash = async (key: string) => `h-${key}`;

function begin() {
  const objects = ownObjects(env.LIMITS, env.CRASHING);
  return { objects, limits: durableLimits(objects.namespace, TEST_BUDGETS, hash, CLOCK) };
}

limitsSuite("Durable Objects", async () => {
  const { limits, objects } = begin();
  const other = durableLimits(objects.namespace, TEST_BUDGETS, hash, CLOCK);
  return { limits, other, close: async () => undefined };
});

describe("a limits object", () => {
  it("a limits object forgets nothing when it is evicted", async () => {
    const { limits, objects } = begin();
    await limits.take(alone("policy/once", ""));
    await evictDurableObject(objects.named("policy/once/h-"));
    expect(await limits.take(alone("policy/once", ""))).toMatchObject({ allowed: false });
  });

  it("a limits object stays while any of its windows is open, and then deletes itself", async () => {
    const { limits, objects } = begin();
    const object = objects.named("verify-per-address/h-192.0.2.1");
    const { resetMs } = await limits.take(alone("verify-per-address", "192.0.2.1"));
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await limits.take(alone("verify-per-address", "192.0.2.1"))).toMatchObject({
      remaining: 0,
    });
    await new Promise((resolve) => setTimeout(resolve, resetMs));
    await runDurableObjectAlarm(object);
    const left = runInDurableObject(object, (_, { storage }) => [...storage.kv.list()]);
    expect(await left).toEqual([]);
    expect(await limits.take(alone("verify-per-address", "192.0.2.1"))).toMatchObject({
      remaining: 1,
    });
  });

  it("a limits object counts on under another budget", async () => {
    const { limits, objects } = begin();
    await limits.take(alone("code-per-address", "192.0.2.1"));
    const wider = { ...TEST_BUDGETS, "code-per-address": [{ limit: 9, windowMs: 60_000 }] };
    const later = durableLimits(objects.namespace, wider, hash, CLOCK);
    expect(await later.take(alone("code-per-address", "192.0.2.1"))).toMatchObject({
      remaining: 7,
    });
  });
});

describe("what a limit costs:", () => {
  const take = (limits: Limits) => limits.take(alone("code-per-address", "192.0.2.1"));

  it("what a limit costs: a row and an alarm the first time, a row each time after, and nothing past its budget", async () => {
    const { limits, objects } = begin();
    const written = await countRows(objects.named("code-per-address/h-192.0.2.1"));
    await take(limits);
    expect(written).toEqual({ puts: 1, alarms: 1, statements: 0 });
    for (let taken = 1; taken < 5; taken++) await take(limits);
    expect(written).toEqual({ puts: 5, alarms: 1, statements: 0 });
    expect(await take(limits)).toMatchObject({ allowed: false });
    // Another isolate asks the object, which remembers as well.
    expect(await take(durableLimits(objects.namespace, TEST_BUDGETS, hash, CLOCK))).toMatchObject({
      allowed: false,
    });
    expect(written).toEqual({ puts: 5, alarms: 1, statements: 0 });
  });

  it("what a limit costs: an isolate that was refused asks no object until the window ends", async () => {
    const { limits, objects } = begin();
    for (let taken = 0; taken < 6; taken++) await take(limits);
    objects.takeAway();
    const refused = await take(limits);
    expect(refused).toMatchObject({ allowed: false, remaining: 0 });
    expect(refused.resetMs).toBeGreaterThan(50_000);
  });

  it("what a limit costs: a take whose answer is lost is asked for again, and counts at least once", async () => {
    const { objects } = begin();
    const lost = losingFirstAnswer(objects.namespace);
    const limits = durableLimits(lost, TEST_BUDGETS, hash, CLOCK);
    expect(await take(limits)).toMatchObject({ allowed: true, remaining: 3 });
  });
});

/** The namespace, whose first answer is lost on the way as the platform loses one. */
function losingFirstAnswer(namespace: ObjectNamespace<LimitsCalls>): ObjectNamespace<LimitsCalls> {
  let lose = true;
  return {
    idFromName: (name) => namespace.idFromName(name),
    get: (id) => ({
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
    await expectUnavailable({ take: () => limits.take(alone("code-per-address", "192.0.2.1")) });
  });

  it("limits in Durable Objects throw for a limit without a budget, rather than count nothing", async () => {
    const { objects } = begin();
    const none = durableLimits(
      objects.namespace,
      { ...TEST_BUDGETS, "code-per-address": [] },
      hash,
      CLOCK,
    );
    await expect(none.take(alone("code-per-address", "192.0.2.1"))).rejects.toThrow();
  });
});
