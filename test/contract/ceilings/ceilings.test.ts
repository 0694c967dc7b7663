import { afterAll, beforeAll, expect, it } from "vitest";
import { countedCeilings } from "../../../src/adapters/ceilings/counted-ceilings.ts";
import { insuredCeilings } from "../../../src/adapters/ceilings/insured-ceilings.ts";
import { memoryTally } from "../../../src/adapters/ceilings/memory-tally.ts";
import { sqlTally } from "../../../src/adapters/ceilings/sql-tally.ts";
import { redisCeilings } from "../../../src/adapters/redis/ceilings.ts";
import { awaitRedis, connectRedis } from "../../../src/adapters/redis/connect.ts";
import { type RedisServer, redisMissing, startRedis } from "../../support/stores/redis-server.ts";
import { describeWith } from "../../support/stores/service.ts";
import { sqliteFolder } from "../sqlite/sqlite-files.ts";
import { expectUnavailable } from "../state/promise.ts";
import { ceilingsSuite, hash, sourceAt, TEST_CEILINGS } from "./ceilings.suite.ts";

const budgets = TEST_CEILINGS;

ceilingsSuite("SQLite", async () => {
  const folder = await sqliteFolder();
  const reader = folder.open().sql;
  return {
    open: async (now) => countedCeilings({ budgets, hash, now }, sqlTally(folder.open().sql)),
    stored: async () => JSON.stringify(reader.all("SELECT * FROM ceilings")),
    close: async () => undefined,
  };
});

it("ceilings in SQLite say `unavailable` when the store is down, and forget what is over", async () => {
  const folder = await sqliteFolder();
  const file = folder.open();
  let now = Date.now();
  const ceilings = countedCeilings({ budgets, hash, now: () => now }, sqlTally(file.sql));
  for (let n = 0; n < 20; n++) await ceilings.take("tries", sourceAt(n));
  now += 40 * 86_400_000;
  await ceilings.take("requests", sourceAt(1));
  await ceilings.take("requests", sourceAt(2));
  const [row] = file.sql.all("SELECT count(*) AS rows FROM ceilings WHERE ends_at <= ?", now);
  expect(row?.["rows"]).toBe(0);
  file.close();
  await expectUnavailable({ take: () => ceilings.take("tries", sourceAt(1)) });
});

describeWith("Redis", redisMissing(), "Redis", () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  const connect = async (keyPrefix: string) => {
    const log = { write: () => undefined };
    const redis = connectRedis({ url: server.url, log, keyPrefix });
    await awaitRedis(redis);
    return redis;
  };

  ceilingsSuite("Redis", async () => {
    const keyPrefix = `test-${crypto.randomUUID()}:`;
    const first = await connect(keyPrefix);
    const opened = [first];
    return {
      open: async (now) => {
        const redis = await connect(keyPrefix);
        opened.push(redis);
        return redisCeilings(redis, { budgets, hash, now });
      },
      stored: async () => {
        const names = await first.keys(`${keyPrefix}*`);
        const bare = names.map((name) => name.slice(keyPrefix.length));
        const values = await Promise.all(
          bare.map(async (name) =>
            (await first.type(name)) === "hash" ? first.hgetall(name) : "",
          ),
        );
        return JSON.stringify([bare, values]);
      },
      close: async () => {
        for (const redis of opened) redis.disconnect();
      },
    };
  });

  it("ceilings in Redis lie on one slot, and every key ends by itself", async () => {
    const redis = await connect("ends:");
    const ceilings = redisCeilings(redis, { budgets, hash, now: Date.now });
    await ceilings.take("tries", sourceAt(1));
    await ceilings.noteProven(sourceAt(1).network);
    const names = (await redis.keys("ends:*")).map((name) => name.slice("ends:".length));
    expect(names).toHaveLength(3);
    for (const name of names) {
      expect(name).toMatch(/^\{ceilings\}\//);
      expect(await redis.pttl(name)).toBeGreaterThan(0);
    }
    redis.disconnect();
  });

  it("ceilings in Redis are stood in for by each process while the server is down, with shares of its own", async () => {
    const redis = await connect("insured:");
    const options = { budgets, hash, now: Date.now };
    const ceilings = insuredCeilings(
      redisCeilings(redis, options),
      countedCeilings(options, memoryTally()),
    );
    redis.disconnect();
    const verdicts = [];
    for (let n = 0; n < 25; n++) verdicts.push(await ceilings.take("requests", sourceAt(n)));
    expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(20);
    const [first] = verdicts;
    if (first?.allowed) await ceilings.giveBack(first.share);
    expect(await ceilings.take("requests", sourceAt(30))).toMatchObject({ allowed: true });
  });
});
