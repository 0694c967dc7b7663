import { Redis } from "ioredis";
import { AdapterError, type AdapterErrorKind } from "../../ports/adapter-error.ts";
import type { Log } from "../../ports/log.ts";

/** The promise of the ports is 1 s; a command that waited longer would only hold its caller. */
const COMMAND_TIMEOUT_MS = 800;
const MAX_RECONNECT_WAIT_MS = 1_000;

/** Before every key, so that the database can be shared. */
const KEY_PREFIX = "doorstep:";

export interface RedisOptions {
  /** `redis://` or `rediss://` (TLS). */
  readonly url: string;
  readonly log: Log;
  readonly keyPrefix?: string;
}

/**
 * A client that fails fast and reconnects for ever. A command whose answer was lost is not sent
 * again by the client: whether it was applied is for the caller to find out by reading.
 */
export function connectRedis({ keyPrefix = KEY_PREFIX, log, url }: RedisOptions): Redis {
  const redis = new Redis(url, {
    keyPrefix,
    connectTimeout: COMMAND_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // A peer that went silent is given up: its socket may be dead for a quarter of an hour before
    // TCP says so, and until then each of a request's commands would wait in vain.
    socketTimeout: COMMAND_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(attempt * 50, MAX_RECONNECT_WAIT_MS),
    // A replica that was a master a moment ago: connect again, to whoever is master now.
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

/** Waits for the first connection, for as long as one command may take. */
export async function awaitRedis(redis: Redis): Promise<void> {
  await attempt("connect", () => redis.connect());
}

/** Runs `work`, wrapping whatever the client throws. */
export async function attempt<T>(operation: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new AdapterError("redis", operation, kindOf(error), { cause: error });
  }
}

/** Answers of the server after which trying later helps; its other errors are ours to mend. */
const UNAVAILABLE_REPLIES =
  /^(OOM|MISCONF|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|BUSY|NOREPLICAS)\b/;

function kindOf(error: unknown): AdapterErrorKind {
  if (!(error instanceof Error)) return "failed";
  if (error.name !== "ReplyError") return "unavailable";
  return UNAVAILABLE_REPLIES.test(error.message) ? "unavailable" : "failed";
}
