import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { durableLimits } from "../../src/adapters/durable/limits.ts";
import { limitsSuite, TEST_BUDGETS } from "../contract/limits/limits.suite.ts";
import { expectUnavailable } from "../contract/state/promise.ts";
import { ownObjects } from "./own-objects.ts";

const hash = async (key: string) => `h-${key}`;

function begin() {
  const objects = ownObjects(env.LIMITS, env.CRASHING);
  return { objects, limits: durableLimits(objects.namespace, TEST_BUDGETS, hash) };
}

limitsSuite("Durable Objects", async () => {
  const { limits, objects } = begin();
  const other = durableLimits(objects.namespace, TEST_BUDGETS, hash);
  return { limits, other, close: async () => undefined };
});

describe("a limits object", () => {
  it("forgets nothing when it is evicted", async () => {
    const { limits, objects } = begin();
    await limits.take("failures-per-service", "");
    await evictDurableObject(objects.named("failures-per-service/h-"));
    expect(await limits.take("failures-per-service", "")).toMatchObject({ allowed: false });
  });

  it("stays while any of its windows is open, and then deletes itself", async () => {
    const { limits, objects } = begin();
    const object = objects.named("verify-per-address/h-192.0.2.1");
    const { resetMs } = await limits.take("verify-per-address", "192.0.2.1");
    expect(await runDurableObjectAlarm(object)).toBe(true);
    expect(await limits.take("verify-per-address", "192.0.2.1")).toMatchObject({ remaining: 0 });
    await new Promise((resolve) => setTimeout(resolve, resetMs));
    await runDurableObjectAlarm(object);
    const tables = "SELECT name FROM sqlite_schema WHERE type = 'table'";
    const left = runInDurableObject(object, (_, { storage }) => storage.sql.exec(tables).toArray());
    expect(await left).toEqual([]);
    expect(await limits.take("verify-per-address", "192.0.2.1")).toMatchObject({ remaining: 1 });
  });

  it("counts on under another budget", async () => {
    const { limits, objects } = begin();
    await limits.take("code-per-address", "192.0.2.1");
    const wider = { ...TEST_BUDGETS, "code-per-address": [{ limit: 9, windowMs: 60_000 }] };
    const later = durableLimits(objects.namespace, wider, hash);
    expect(await later.take("code-per-address", "192.0.2.1")).toMatchObject({ remaining: 7 });
  });
});

describe("limits in Durable Objects", () => {
  it("say `unavailable` when the store is down", async () => {
    const { limits, objects } = begin();
    objects.takeAway();
    await expectUnavailable({ take: () => limits.take("code-per-address", "192.0.2.1") });
  });

  it("throw for a limit without a budget, rather than count nothing", async () => {
    const { objects } = begin();
    const none = durableLimits(
      objects.namespace,
      { ...TEST_BUDGETS, "code-per-address": [] },
      hash,
    );
    await expect(none.take("code-per-address", "192.0.2.1")).rejects.toThrow();
  });
});
