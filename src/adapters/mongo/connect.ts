import {
  type Db,
  MongoClient,
  type MongoClientOptions,
  MongoNotConnectedError,
  ReadConcern,
  type ServerDescription,
} from "mongodb";
import { checkMongoUrl } from "../../core/address/mongo-url.ts";
import { withinTime } from "../../ports/deadline.ts";
import type { Log } from "../../ports/log.ts";
import { isOfTheNetwork, wrapped } from "./errors.ts";
import { watch } from "./topology.ts";

export interface MongoOptions {
  /** With the database in its path; checked by `checkMongoUrl` again. */
  readonly url: string;
  readonly log: Log;
  /** Bound on the time of one operation, with its connecting and retries. */
  readonly operationMs?: number;
  /** `few`: the platform bounds the number of sockets, monitoring sockets included; else `many`. */
  readonly sockets?: "few" | "many";
  /** Makes `client` emit the commands that it sends. */
  readonly monitorCommands?: boolean;
}

/** A database that answers in time or throws AdapterError. */
export interface MongoStore {
  readonly client: MongoClient;
  readonly operationMs: number;
  /**
   * Runs `work` on the database as soon as there is a connection, and again where the connection
   * broke unnoticed: a guarded write and an insert under a fixed `_id` may be repeated.
   */
  run<T>(operation: string, work: (db: Db) => Promise<T>): Promise<T>;
  /** The same for an operation that must not be repeated. */
  runOnce<T>(operation: string, work: (db: Db) => Promise<T>): Promise<T>;
  /** May be called twice. Afterwards every operation is `unavailable`. */
  close(): Promise<void>;
}

/** The ports promise an answer within 3 s; the rest is for the caller. */
const OPERATION_MS = 2500;
const SELECTION_MS = 2000;
/** Frees the socket of an abandoned operation. */
const SOCKET_MS = 5000;
/** A silent server is noticed within this time and SELECTION_MS, in use or not. */
const HEARTBEAT_MS = 2000;
const MAX_POOL = 50;
/**
 * A Durable Object has six sockets at a time. With polling a replica set of three takes one for
 * each member, with streaming two.
 * https://developers.cloudflare.com/durable-objects/platform/limits/
 */
const FEW_SOCKETS: MongoClientOptions = { maxPoolSize: 3, serverMonitoringMode: "poll" };
const IDLE_MS = 60_000;
/** MongoDB 5.0: `$lookup` with a local field and a pipeline. */
const MIN_WIRE_VERSION = 13;

const CLIENT_OPTIONS: MongoClientOptions = {
  appName: "doorstep",
  retryReads: true,
  retryWrites: true,
  serverSelectionTimeoutMS: SELECTION_MS,
  connectTimeoutMS: SELECTION_MS,
  waitQueueTimeoutMS: SELECTION_MS,
  heartbeatFrequencyMS: HEARTBEAT_MS,
  maxPoolSize: MAX_POOL,
  maxIdleTimeMS: IDLE_MS,
  // Values as the store has them, because a guard compares them.
  bsonRegExp: true,
  promoteBuffers: false,
  // One document with broken text must not hide the others of a query.
  enableUtf8Validation: false,
};

/** The server stops waiting for the majority, and says so, this long before the caller gives up. */
const ACKNOWLEDGED_BEFORE_MS = 500;

/**
 * A client that connects on first use and again after each loss. Reads see the majority's state on
 * the primary, writes wait for the majority's journal, under any options of the URL.
 *
 * Throws TypeError for a URL that `checkMongoUrl` refuses or the driver cannot parse.
 */
export function connectMongo(options: MongoOptions): MongoStore {
  const { operationMs = OPERATION_MS } = options;
  const client = newClient(options, Math.max(SOCKET_MS, operationMs));
  const topology = watch(client, options.log);
  const connecting = connector(client);
  const once = async <T>(work: (db: Db) => Promise<T>): Promise<T> => {
    await connecting.connect();
    return work(databaseOf(client, topology.servers(), operationMs));
  };
  const twice = <T>(work: (db: Db) => Promise<T>): Promise<T> =>
    once(work).catch((error) => {
      if (isOfTheNetwork(error)) return once(work);
      throw error;
    });
  return {
    client,
    operationMs,
    run: (operation, work) => answered(operation, operationMs, twice(work)),
    runOnce: (operation, work) => answered(operation, operationMs, once(work)),
    async close() {
      topology.forget();
      await connecting.close();
    },
  };
}

/** The driver's own connecting on demand fails for ever after a failed first attempt. */
function connector(client: MongoClient) {
  let connected: Promise<unknown> | null = null;
  let closed = false;
  return {
    async connect() {
      if (closed) throw new MongoNotConnectedError("the store is closed");
      connected ??= client.connect().catch((error) => {
        connected = null;
        throw error;
      });
      await connected;
    },
    close() {
      closed = true;
      return client.close();
    },
  };
}

const READ_ONLY: ReadonlySet<string> = new Set(["RSSecondary", "RSArbiter", "RSOther", "RSGhost"]);

/** A standalone server has no majority; its own state is the acknowledged one. */
function databaseOf(
  client: MongoClient,
  servers: readonly ServerDescription[],
  operationMs: number,
): Db {
  if (servers.some(({ maxWireVersion: v }) => v > 0 && v < MIN_WIRE_VERSION)) {
    throw new TypeError("MongoDB 5.0 or later is needed");
  }
  // `directConnection=true` uses the named member, also a secondary, which is stale.
  if (client.options.directConnection && servers.some(({ type }) => READ_ONLY.has(type))) {
    throw new MongoNotConnectedError(
      "the member of the replica set that the URL names is no primary",
    );
  }
  const standalone = servers.some(({ type }) => type === "Standalone");
  const stronger = client.options.readConcern?.level === "linearizable";
  const level = stronger ? "linearizable" : "majority";
  return client.db(undefined, {
    readPreference: "primary",
    readConcern: new ReadConcern(standalone ? "local" : level),
    writeConcern: {
      w: "majority",
      journal: true,
      wtimeoutMS: operationMs - ACKNOWLEDGED_BEFORE_MS,
    },
  });
}

function newClient(
  { monitorCommands = false, sockets, url }: MongoOptions,
  socketMs: number,
): MongoClient {
  const checked = checkMongoUrl(url);
  if (!checked.ok) throw new TypeError(`MONGODB_URL ${checked.failure}`);
  try {
    return new MongoClient(url, {
      ...CLIENT_OPTIONS,
      ...(sockets === "few" ? FEW_SOCKETS : {}),
      socketTimeoutMS: socketMs,
      monitorCommands,
    });
  } catch (error) {
    // The driver quotes a text that it cannot parse; this kind of message names only options.
    const text = error instanceof Error ? error.message : "";
    const known = /^options? [\w, ]+ (?:is|are) not supported$/.test(text);
    throw new TypeError(`MONGODB_URL cannot be used${known ? `: ${text}` : " by the driver"}`);
  }
}

/** Within the bound; every failure is an AdapterError. */
const answered = <T>(operation: string, ms: number, work: Promise<T>): Promise<T> =>
  withinTime(work, ms).catch((error) => {
    throw wrapped(operation, error);
  });
