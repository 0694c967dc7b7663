import { Redis } from "ioredis";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { awaitRedis, connectRedis } from "../../../src/adapters/redis/connect.ts";
import { redisState } from "../../../src/adapters/redis/state.ts";
import { describeFleet, sharedFleet } from "../../support/gateway/fleet.ts";
import { send } from "../../support/gateway/gateway-client.ts";
import { redisMissing, startRedis } from "../../support/stores/redis-server.ts";
import { describeWith } from "../../support/stores/service.ts";

const log = { write: () => undefined };

describeWith("Redis", redisMissing(), "readiness of Redis: a server that answers a PING", () => {
  const cleanups: (() => unknown)[] = [];
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  /** What the check says of a server with these options, while `PING` is answered. */
  async function checked(options: readonly string[], prepare?: (redis: Redis) => Promise<unknown>) {
    const server = await startRedis({ options });
    cleanups.push(() => server.stop());
    const raw = new Redis(server.url);
    const redis = connectRedis({ url: server.url, log });
    cleanups.push(
      () => raw.disconnect(),
      () => redis.disconnect(),
    );
    await awaitRedis(redis);
    await prepare?.(raw);
    expect(await raw.ping()).toBe("PONG");
    const state = redisState(redis, {
      now: Date.now,
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    });
    return state.check().then(
      () => "ready",
      (error: Error) => error.message,
    );
  }
  const UNAVAILABLE = "redis check unavailable";

  it("readiness of Redis: a server that answers a PING is ready where it takes a write", async () => {
    expect(await checked([])).toBe("ready");
  });

  it("readiness of Redis: a server that answers a PING is not where its memory is full", async () => {
    const options = ["--maxmemory-policy", "noeviction"];
    const fill = (redis: Redis) => redis.config("SET", "maxmemory", "1mb");
    expect(await checked(options, fill)).toBe(UNAVAILABLE);
  });

  it("readiness of Redis: a server that answers a PING is not where it is a read-only replica", async () => {
    const master = await startRedis();
    cleanups.push(() => master.stop());
    const { port } = new URL(master.url);
    expect(await checked(["--replicaof", `127.0.0.1 ${port}`])).toBe(UNAVAILABLE);
  });

  it("readiness of Redis: a server that answers a PING is not where too few replicas would take a write over", async () => {
    expect(await checked(["--min-replicas-to-write", "1"])).toBe(UNAVAILABLE);
  });
});

describeFleet("a gateway whose Redis is full", () => {
  const fleet = sharedFleet();

  it("a gateway whose Redis is full is not ready, says so in the log once for many probes, and is ready when there is room", async () => {
    const [gateway] = fleet().gateways;
    const redis = new Redis(fleet().redis.url);
    onTestFinished(() => redis.disconnect());
    const ready = async () => (await send(gateway, "GET", "/readyz")).status;
    expect(await ready()).toBe(200);
    await redis.config("SET", "maxmemory", "1");
    await expect.poll(ready, { timeout: 10_000 }).toBe(503);
    const before = gateway.log().filter(({ event }) => event === "not-ready").length;
    expect(await Promise.all(Array.from({ length: 20 }, ready))).toEqual(Array(20).fill(503));
    const after = gateway.log().filter(({ event }) => event === "not-ready").length;
    expect(after - before).toBeLessThan(10);
    await redis.config("SET", "maxmemory", "0");
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  });
});
