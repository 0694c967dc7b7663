import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll } from "vitest";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";
import { type ExtendedJson, type MongoData, mongoData } from "../stores/mongo-data.ts";
import { findMongo } from "../stores/mongo-server.ts";
import { type RedisServer, redisMissing, startRedis } from "../stores/redis-server.ts";
import { describeWith } from "../stores/service.ts";
import { TWILIO_ACCOUNT as ACCOUNT, type AcceptedMessage } from "../twilio/twilio-account.ts";
import { startTwilio, type TwilioStandIn } from "../twilio/twilio-stand-in.ts";
import {
  type GatewayProcess,
  type LogLine,
  startGateway,
  temporaryFolder,
} from "./gateway-process.ts";
import { type RoundRobin, startRoundRobin } from "./round-robin.ts";

type Env = Readonly<Record<string, string>>;

/** Gateways in production on MongoDB, Redis and a Twilio stand-in, behind a round robin. */
export interface Fleet {
  readonly redis: RedisServer;
  readonly mongo: MongoData;
  readonly twilio: TwilioStandIn;
  readonly balancer: RoundRobin;
  /** Two, at first; the balancer knows these. */
  readonly gateways: readonly [GatewayProcess, GatewayProcess];
  readonly env: Env;
  /** One more gateway of the same settings, but for these. */
  start(env?: Env): Promise<GatewayProcess>;
}

export interface FleetOptions {
  readonly customers?: readonly ExtendedJson[];
  readonly users?: readonly ExtendedJson[];
  readonly env?: Env;
}

/** A suite that needs all services; skipped, with the reason, where one cannot be had. */
export function describeFleet(name: string, body: () => void): void {
  const mongo = findMongo();
  const missing = redisMissing() ?? ("reason" in mongo ? mongo.reason : null);
  describeWith("MongoDB and Redis", missing, name, body);
}

type Cleanup = () => Promise<unknown> | unknown;

/** One fleet for all tests of a `describe`. */
export function sharedFleet(options: FleetOptions = {}): () => Fleet {
  const cleanups: Cleanup[] = [];
  let fleet: Fleet;
  beforeAll(async () => {
    fleet = await startFleet(options, (cleanup) => void cleanups.unshift(cleanup));
  }, 60_000);
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });
  return () => fleet;
}

async function startFleet(
  { customers = [], env = {}, users = [] }: FleetOptions,
  atTheEnd: (cleanup: Cleanup) => void,
): Promise<Fleet> {
  const found = findMongo();
  if ("reason" in found) throw new Error(found.reason);
  const keep = <T extends { stop(): Promise<unknown> }>(one: T): T => {
    atTheEnd(() => one.stop());
    return one;
  };
  // Durable: what production wants, and no warning at the start.
  const redis = keep(await startRedis({ durable: true }));
  const server = keep(await found.start());
  const twilio = keep(await startTwilio());
  const balancer = keep(await startRoundRobin());
  const mongo = mongoData(server.url);
  atTheEnd(() => mongo.close());
  await mongo.put("customers_v2", customers);
  await mongo.put("users", users);
  const all = { ...(await production()), ...urls(redis, server, twilio, balancer), ...env };
  const start = (more: Env = {}) =>
    startGateway(temporaryFolder(atTheEnd as never), { ...all, ...more }, atTheEnd as never);
  const gateways = await Promise.all([start(), start()]);
  balancer.serve(gateways);
  return { redis, mongo, twilio, balancer, gateways, env: all, start };
}

async function production(): Promise<Env> {
  const { indexKey, jwtPrivateJwks, secretKeys } = await generateKeys();
  return {
    NODE_ENV: "production",
    HOST: "127.0.0.1",
    JWT_PRIVATE_JWKS: jwtPrivateJwks,
    SECRET_KEYS: secretKeys,
    INDEX_KEY: indexKey,
    SMS_PROVIDER: "twilio",
    TWILIO_ACCOUNT_SID: ACCOUNT.accountSid,
    TWILIO_AUTH_TOKEN: ACCOUNT.authToken,
    TWILIO_MESSAGING_SERVICE_SID: ACCOUNT.messagingServiceSid,
    TWILIO_VOICE_FROM: ACCOUNT.voiceFrom,
    TWILIO_WHATSAPP_FROM: ACCOUNT.whatsappFrom,
    TWILIO_WHATSAPP_CONTENT_SID: ACCOUNT.whatsappContentSid,
    TRUSTED_PROXIES: "127.0.0.1",
  };
}

function urls(redis: RedisServer, mongo: { url: string }, twilio: TwilioStandIn, at: RoundRobin) {
  return {
    MONGODB_URL: mongo.url,
    REDIS_URL: redis.url,
    TWILIO_API_URL: twilio.url,
    PUBLIC_URL: at.url,
  };
}

/** What a phone got, oldest first. @param phone ten digits */
export const messagesTo = ({ twilio }: Pick<Fleet, "twilio">, phone: string): AcceptedMessage[] =>
  twilio.accepted.filter(({ to }) => to === `+91${phone}`);

/** Waits until something is there: deferred work begins up to 80 ms after the answer. */
export async function eventually<T>(look: () => T | undefined, ms = 15_000): Promise<T> {
  const until = performance.now() + ms;
  for (;;) {
    const seen = look();
    if (seen !== undefined) return seen;
    if (performance.now() > until) throw new Error("it did not come about in time");
    await sleep(10);
  }
}

/** The phone's n-th message, counted from one. */
export const message = (fleet: Pick<Fleet, "twilio">, phone: string, n = 1) =>
  eventually(() => messagesTo(fleet, phone)[n - 1]);

/** The log lines of all gateways. */
export const logOf = ({ gateways }: Pick<Fleet, "gateways">): LogLine[] =>
  gateways.flatMap((gateway) => gateway.log());

/** Audit lines of one name. */
export const audited = (lines: readonly LogLine[], name: string): LogLine[] =>
  lines.filter((line) => line.event === "audit" && line["name"] === name);

export function countBy<T extends string | number>(values: readonly T[]): Record<T, number> {
  const counts = {} as Record<T, number>;
  for (const value of values) counts[value] = (counts[value] ?? 0) + 1;
  return counts;
}
