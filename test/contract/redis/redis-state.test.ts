import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { awaitRedis, connectRedis } from "../../../src/adapters/redis/connect.ts";
import { durabilityFindings } from "../../../src/adapters/redis/durability.ts";
import { redisState } from "../../../src/adapters/redis/state.ts";
import type { PhoneKey } from "../../../src/core/ids.ts";
import { changePhoneRecord } from "../../../src/flows/state/change-record.ts";
import { DEFAULTS } from "../../support/core/challenge-fixture.ts";
import { sentAt } from "../../support/gateway/record-gateway.ts";
import { type RedisServer, redisMissing, startRedis } from "../../support/stores/redis-server.ts";
import { describeWith } from "../../support/stores/service.ts";
import { randomBytes } from "../sqlite/sqlite-files.ts";
import { expectUnavailable } from "../state/promise.ts";
import { stateSuite } from "../state/state.suite.ts";
import type { MakeState } from "../state/state-instance.ts";

const log = { write: () => undefined };
let server: RedisServer;

const open = async (keyPrefix: string) => {
  const redis = connectRedis({ url: server.url, log, keyPrefix });
  await awaitRedis(redis);
  return redis;
};

const make: MakeState = async () => {
  const namespace = `test-${crypto.randomUUID()}:`;
  const clock = { now: Date.now() };
  const options = { now: () => clock.now, randomBytes };
  const [one, two] = [await open(namespace), await open(namespace)];
  return {
    state: redisState(one, options),
    other: redisState(two, options),
    clock,
    breakIt: async () => one.disconnect(),
    close: async () => {
      one.disconnect();
      two.disconnect();
    },
  };
};

describeWith("Redis", redisMissing(), "Redis", () => {
  beforeAll(async () => {
    server = await startRedis();
  });
  afterAll(() => server.stop());

  stateSuite("Redis", make);

  it("state in Redis changes a record in one round trip, and again after the server forgot the scripts", async () => {
    const redis = await open(`test-${crypto.randomUUID()}:`);
    const state = redisState(redis, { now: Date.now, randomBytes });
    const expiresAt = Date.now() + 60_000;
    await state.write("warm", 1, { expect: null, expiresAt });
    const calls = async () => {
      const info = await redis.info("commandstats");
      return Number(/cmdstat_evalsha:calls=(\d+)/.exec(info)?.[1] ?? 0);
    };
    const before = await calls();
    const version = await state.write("key", 1, { expect: null, expiresAt });
    expect((await calls()) - before).toBe(1);
    await redis.script("FLUSH");
    expect(await state.write("key", 2, { expect: version, expiresAt })).not.toBeNull();
    expect((await state.read("key"))?.value).toBe(2);
    redis.disconnect();
  });

  it("state in Redis keeps a phone with three messages and no code in at most 150 bytes", async () => {
    const redis = await open(`test-${crypto.randomUUID()}:`);
    const now = Date.now;
    const state = redisState(redis, { now, randomBytes });
    const ports = { state, runtime: { now, randomBytes, sleep }, rules: { challenge: DEFAULTS } };
    const key = "the-phone" as PhoneKey;
    const record = sentAt(now() - 120_000, now() - 60_000, now());
    await changePhoneRecord(ports, key, () => ({ record, outcome: null }));
    const [name = ""] = (await redis.keys(`${redis.options.keyPrefix}*phone/*`)).map((found) =>
      found.slice(redis.options.keyPrefix?.length),
    );
    expect(await redis.strlen(name)).toBeGreaterThan(100);
    expect(await redis.strlen(name)).toBeLessThanOrEqual(150);
    redis.disconnect();
  });

  it("state in Redis says `unavailable` at once while the server is down, and serves when it is back", async () => {
    const own = await startRedis({ durable: true });
    const redis = connectRedis({ url: own.url, log });
    await awaitRedis(redis);
    const state = redisState(redis, { now: Date.now, randomBytes });
    const expiresAt = Date.now() + 60_000;
    const version = await state.write("key", { kept: true }, { expect: null, expiresAt });
    await own.kill();
    await expectUnavailable({ read: () => state.read("key") });
    await own.start();
    await expect
      .poll(
        () =>
          state.check().then(
            () => true,
            () => false,
          ),
        { timeout: 5000 },
      )
      .toBe(true);
    expect(await state.read("key")).toEqual({ value: { kept: true }, version });
    redis.disconnect();
    await own.stop();
  });

  it("state in Redis finds what a crash or a full memory would lose", async () => {
    const safe = await startRedis({ durable: true });
    const redis = connectRedis({ url: safe.url, log });
    await awaitRedis(redis);
    expect(await durabilityFindings(redis)).toEqual([]);
    redis.disconnect();
    await safe.stop();
    const unsafe = await open("test-");
    const findings = await durabilityFindings(unsafe);
    expect(findings.map(({ name }) => name)).toContain("appendonly");
    unsafe.disconnect();
  });
});
