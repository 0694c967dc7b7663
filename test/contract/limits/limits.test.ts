import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { flexibleLimits } from "../../../src/adapters/limiter/limits.ts";
import { redisLimiter } from "../../../src/adapters/limiter/redis-limiter.ts";
import { sqlLimiter } from "../../../src/adapters/limiter/sql-limiter.ts";
import { awaitRedis, connectRedis } from "../../../src/adapters/redis/connect.ts";
import { type RedisServer, redisMissing, startRedis } from "../../support/stores/redis-server.ts";
import { describeWith } from "../../support/stores/service.ts";
import { sqliteFolder } from "../sqlite/sqlite-files.ts";
import { expectUnavailable } from "../state/promise.ts";
import { alone, limitsSuite, TEST_BUDGETS } from "./limits.suite.ts";

const hash = async (key: string) => `h-${key}`;
const log = { write: () => undefined };

limitsSuite("SQLite", async () => {
  const folder = await sqliteFolder();
  const open = () => flexibleLimits(TEST_BUDGETS, sqlLimiter(folder.open().sql), hash);
  return { limits: open(), other: open(), close: async () => undefined };
});

describe("SQLite limits", () => {
  it("SQLite limits say `unavailable` when the store is down", async () => {
    const folder = await sqliteFolder();
    const file = folder.open();
    const limits = flexibleLimits(TEST_BUDGETS, sqlLimiter(file.sql), hash);
    file.close();
    await expectUnavailable({ take: () => limits.take(alone("code-per-address", "x")) });
  });
});

describeWith("Redis", redisMissing(), "Redis", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const open = async (keyPrefix: string) => {
    const redis = connectRedis({ url: server.url, log, keyPrefix });
    await awaitRedis(redis);
    return { redis, limits: flexibleLimits(TEST_BUDGETS, redisLimiter(redis), hash) };
  };

  limitsSuite("Redis", async () => {
    const namespace = `test-${crypto.randomUUID()}:`;
    const [one, two] = [await open(namespace), await open(namespace)];
    return {
      limits: one.limits,
      other: two.limits,
      close: async () => {
        one.redis.disconnect();
        two.redis.disconnect();
      },
    };
  });

  it("a limit in Redis counts on by itself while the server is down", async () => {
    const { limits, redis } = await open(`test-${crypto.randomUUID()}:`);
    redis.disconnect();
    const states = await Promise.all(
      Array.from({ length: 9 }, () => limits.take(alone("code-per-address", "192.0.2.1"))),
    );
    expect(states.filter(({ allowed }) => allowed)).toHaveLength(5);
  });

  it("a limit in Redis counts on through windows that no timer can hold, such as 30 days", async () => {
    const redis = connectRedis({ url: server.url, log, keyPrefix: "month:" });
    const month = [{ limit: 2, windowMs: 30 * 24 * 3_600_000 }];
    const limits = flexibleLimits({ "policy/month": month }, redisLimiter(redis), hash);
    const allowed: boolean[] = [];
    for (let n = 0; n < 3; n++) {
      allowed.push((await limits.take(alone("policy/month", "x"))).allowed);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(allowed).toEqual([true, true, false]);
    redis.disconnect();
  });

  it("several counters in Redis cost one trip, in each of their windows, and count on alone", async () => {
    const { limits, redis } = await open(`test-${crypto.randomUUID()}:`);
    const counters = [
      alone("code-per-address", "a"),
      alone("policy/two-windows", "n"),
      alone("policy/once", "e"),
    ];
    await limits.takeAll(counters);
    const sent = vi.spyOn(redis, "sendCommand");
    expect((await limits.takeAll(counters)).refused?.counter).toBe(counters[2]);
    expect(sent).toHaveBeenCalledTimes(1);
    // The library's own count of the same keys.
    expect(await limits.take(alone("policy/two-windows", "n"))).toMatchObject({ remaining: 0 });
    redis.disconnect();
    const own = await limits.takeAll(counters);
    expect(own, "while the server is down").toEqual({ taken: counters, refused: null });
  });

  it("a limit in Redis tells no key in the store's key names", async () => {
    const { limits, redis } = await open("names:");
    await limits.take(alone("code-per-address", "192.0.2.77"));
    const names = await redis.keys("*");
    expect(names.some((name) => name.includes("limit/code-per-address"))).toBe(true);
    redis.disconnect();
  });
});
