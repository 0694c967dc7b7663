import type { Redis } from "ioredis";
import { type CountedOptions, countedCeilings } from "../../adapters/ceilings/counted-ceilings.ts";
import { insuredCeilings } from "../../adapters/ceilings/insured-ceilings.ts";
import { memoryTally } from "../../adapters/ceilings/memory-tally.ts";
import { sqlTally } from "../../adapters/ceilings/sql-tally.ts";
import { flexibleLimits, type LimiterStore } from "../../adapters/limiter/limits.ts";
import { sqlLimiter } from "../../adapters/limiter/sql-limiter.ts";
import { sqliteDirectory } from "../../adapters/sqlite/directory.ts";
import { openSqlite, type SqliteFile } from "../../adapters/sqlite/node.ts";
import { sqliteOwnership } from "../../adapters/sqlite/ownership.ts";
import { seedDirectory } from "../../adapters/sqlite/seed.ts";
import { sqliteState } from "../../adapters/sqlite/state.ts";
import { JSON_VALUES, type StoredValues } from "../../core/runs/write-image.ts";
import type { Keyring } from "../../core/secrets/keyring.ts";
import type { Ceilings } from "../../ports/ceilings.ts";
import type { Directory } from "../../ports/directory.ts";
import type { Limits } from "../../ports/limits.ts";
import type { Log } from "../../ports/log.ts";
import type { Ownership } from "../../ports/ownership.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { StateStore } from "../../ports/state.ts";
import type { Policy } from "../../proxy/policy/policy.ts";
import type { CompleteSettings } from "../shared/complete-settings.ts";
import { rememberedHash } from "./remembered-hash.ts";
import { readSample } from "./sample-data.ts";

/** A store of state, and the store of the limiters. */
interface OpenedState extends Opened<StateStore> {
  readonly limiter: LimiterStore;
  readonly ceilings: Ceilings;
}

/** The legacy backend's data: documents, and their owners. */
interface OpenedDirectory extends Opened<Directory> {
  readonly wireValues: StoredValues;
  readonly ownership: Ownership;
}

/** The stores of the settings, as ports. */
export interface NodeStores {
  readonly directory: Directory;
  readonly wireValues: StoredValues;
  readonly ownership: Ownership;
  readonly state: StateStore;
  readonly limits: Limits;
  readonly ceilings: Ceilings;
  close(): Promise<void>;
}

interface Opened<Port> {
  readonly port: Port;
  close(): Promise<void>;
}

const SWEEP_MS = 10 * 60_000;

/**
 * Opens the stores that the settings name: MongoDB and Redis where given, SQLite for the rest. A
 * driver is loaded only where it is used: each adds 100 ms and more to the start.
 */
export async function openStores(
  { ceilings: budgets, environment, limits, store }: CompleteSettings,
  policyLimits: Policy["limits"],
  keyring: Keyring,
  runtime: Runtime,
  log: Log,
): Promise<NodeStores> {
  const embedded = store.mongoUrl === null || store.redisUrl === null;
  const file = embedded ? openSqlite(store.sqlitePath) : null;
  if (file !== null && store.mongoUrl === null && environment === "development") {
    file.atStart(() => seedDirectory(file.sql, readSample(), runtime));
  }
  const directory = await openDirectory(store.mongoUrl, file, runtime, log);
  const hash = rememberedHash(keyring.limitKey);
  const counted = { budgets, hash, now: runtime.now };
  const state = await openState(store.redisUrl, file, counted, runtime, log);
  return {
    directory: directory.port,
    wireValues: directory.wireValues,
    ownership: directory.ownership,
    state: state.port,
    ceilings: state.ceilings,
    limits: flexibleLimits({ ...limits, ...policyLimits }, state.limiter, hash),
    async close() {
      await Promise.all([directory.close(), state.close()]);
      file?.close();
    },
  };
}

const nothingToClose = async (): Promise<void> => undefined;

async function openDirectory(
  mongoUrl: string | null,
  file: SqliteFile | null,
  runtime: Runtime,
  log: Log,
): Promise<OpenedDirectory> {
  if (mongoUrl === null) {
    const { sql } = present(file);
    const port = sqliteDirectory(sql, runtime);
    const ownership = sqliteOwnership(sql);
    return { port, ownership, wireValues: JSON_VALUES, close: nothingToClose };
  }
  const { connectMongo } = await import("../../adapters/mongo/connect.ts");
  const { wireValues } = await import("../../adapters/mongo/bson-values.ts");
  const { mongoDirectory } = await import("../../adapters/mongo/directory.ts");
  const { mongoOwnership } = await import("../../adapters/mongo/ownership.ts");
  const store = connectMongo({ url: mongoUrl, log });
  const port = mongoDirectory(store, runtime);
  return { port, ownership: mongoOwnership(store), wireValues, close: store.close };
}

async function openState(
  redisUrl: string | null,
  file: SqliteFile | null,
  counted: CountedOptions,
  runtime: Runtime,
  log: Log,
): Promise<OpenedState> {
  if (redisUrl === null) {
    const { limits, sql } = present(file);
    const state = sqliteState(sql, runtime);
    const sweep = async () => void (await state.sweep(runtime.now()));
    const sweeping = setInterval(() => runtime.defer("sweep", sweep), SWEEP_MS).unref();
    return {
      port: state,
      limiter: sqlLimiter(limits),
      ceilings: countedCeilings(counted, sqlTally(limits)),
      close: async () => clearInterval(sweeping),
    };
  }
  const { awaitRedis, connectRedis } = await import("../../adapters/redis/connect.ts");
  const { redisCeilings } = await import("../../adapters/redis/ceilings.ts");
  const { redisState } = await import("../../adapters/redis/state.ts");
  const { redisLimiter } = await import("../../adapters/limiter/redis-limiter.ts");
  const redis = connectRedis({ url: redisUrl, log });
  const state = redisState(redis, runtime);
  // A store that is down at the start may recover: until then requests are answered 503.
  redis.once("ready", () => void warnOfLosses(redis, log).catch(() => undefined));
  await awaitRedis(redis).catch(() => undefined);
  return {
    port: state,
    limiter: redisLimiter(redis),
    ceilings: insuredCeilings(
      redisCeilings(redis, counted),
      countedCeilings(counted, memoryTally()),
    ),
    close: async () => redis.disconnect(),
  };
}

/** Finds a Redis that loses data at the start, not after a crash. */
async function warnOfLosses(redis: Redis, log: Log): Promise<void> {
  const { durabilityFindings } = await import("../../adapters/redis/durability.ts");
  for (const { because, found, name, wanted } of await durabilityFindings(redis)) {
    log.write("warn", "redis-durability", { setting: name, found, wanted, because });
  }
}

function present(file: SqliteFile | null): SqliteFile {
  if (file === null) throw new TypeError("the embedded store was not opened");
  return file;
}
