import { Redis } from "ioredis";
import { AdapterError, type AdapterErrorKind } from "../../ports/adapter-error.ts";
import type { Log } from "../../ports/log.ts";

/** The ports promise 1 s; a command that waited longer would only hold its caller. */
const COMMAND_TIMEOUT_MS = 800;
const MAX_RECONNECT_WAIT_MS = 1_000;

/** Prefix of every key, so that the database can be shared. */
const KEY_PREFIX = "doorstep:";

export interface RedisOptions {
  /** `redis://` or `rediss://` (TLS). */
  readonly url: string;
  readonly log: Log;
  readonly keyPrefix?: string;
}

/**
 * A client that fails fast and reconnects for ever. The client does not repeat a command with a
 * lost answer: the caller reads whether it was applied.
 */
export function connectRedis({ keyPrefix = KEY_PREFIX, log, url }: RedisOptions): Redis {
  const redis = new Redis(url, {
    keyPrefix,
    connectTimeout: COMMAND_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // A silent peer is given up: TCP may take a quarter of an hour to report a dead socket, and
    // until then each command of a request would wait in vain.
    socketTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 50, MAX_RECONNECT_WAIT_MS),
    // A former master, now a replica: connect again, to the current master.
    reconnectOnError: (error) => error.message.startsWith("READONLY"),
    lazyConnect: true,
  });
  let down = false;
  redis.on("error", (error: NodeJS.ErrnoException) => {
    if (!down) log.write("error", "redis-down", { error: error.code ?? error.name });
    down = true;
  });
  redis.on("ready", () => {
    if (down) log.write("info", "redis-up");
    down = false;
  });
  return redis;
}

/** Waits for the first connection, at most as long as for one command. */
export async function awaitRedis(redis: Redis): Promise<void> {
  await redisAttempt("connect", () => redis.connect());
}

/** Runs `work`, and wraps the client's errors. */
export async function redisAttempt<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new AdapterError("redis", operation, kindOf(error), { cause: error });
  }
}

/** Replies of the server that may pass with time; other errors need a fix. */
const UNAVAILABLE_REPLIES =
  /^(OOM|MISCONF|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS)\b/;

function kindOf(error: unknown): AdapterErrorKind {
  if (!(error instanceof Error)) return "failed";
  if (error.name !== "ReplyError") return "unavailable";
  return UNAVAILABLE_REPLIES.test(error.message) ? "unavailable" : "failed";
}
