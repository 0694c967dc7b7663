import type { Redis, Result } from "ioredis";
import { toHex } from "../../core/bytes.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { Json, StateStore } from "../../ports/state.ts";
import { redisAttempt } from "./connect.ts";

/**
 * A record is one string, `version expiresAt json`. Redis drops it some time after `expiresAt`;
 * until then the clock of the gateway that wrote it judges its age.
 */
const KEPT_AFTER_EXPIRY_MS = 60_000;
/** 96 random bits: a counter would start again, and repeat old values, after a removal. */
const VERSION_BYTES = 12;

/** Not the name of a record: every record's name has a slash in it. */
const CHECKED = "check";
const CHECK_MS = 10_000;

/** The version of the record at KEYS[1] at the time ARGV[1], or "" where there is none. */
const STANDING = `
local function standing()
  local record = redis.call('GET', KEYS[1])
  if not record then return '' end
  local version, expires_at = string.match(record, '^(%x+) (%d+) ')
  if tonumber(expires_at) <= tonumber(ARGV[1]) then return '' end
  return version
end
`;
/** ARGV: now, expected version or "", new record, life in ms. */
const WRITE = `${STANDING}
if standing() ~= ARGV[2] then return 0 end
redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4])
return 1
`;
/** ARGV: now, expected version. */
const REMOVE = `${STANDING}
if standing() ~= ARGV[2] then return 0 end
redis.call('DEL', KEYS[1])
return 1
`;

declare module "ioredis" {
  interface RedisCommander<Context> {
    doorstepWrite(
      ...values: [key: string, now: number, expect: string, record: string, lifeMs: number]
    ): Result<number, Context>;
    doorstepRemove(...values: [key: string, now: number, expect: string]): Result<number, Context>;
  }
}

/**
 * State in Redis: each change is one script on one key, called by its SHA and loaded where missing.
 */
export function redisState(
  redis: Redis,
  { now, randomBytes }: Pick<Runtime, "now" | "randomBytes">,
): StateStore {
  redis.defineCommand("doorstepWrite", { numberOfKeys: 1, lua: WRITE });
  redis.defineCommand("doorstepRemove", { numberOfKeys: 1, lua: REMOVE });
  return {
    async read(key) {
      const record = await redisAttempt("read", () => redis.get(nameOf(key)));
      return record === null ? null : parse(record, now());
    },
    async write(key, value, { expect, expiresAt }) {
      const version = toHex(randomBytes(VERSION_BYTES));
      const at = now();
      const record = format(version, expiresAt, value);
      const life = Math.max(0, expiresAt - at) + KEPT_AFTER_EXPIRY_MS;
      const written = await redisAttempt("write", () =>
        redis.doorstepWrite(nameOf(key), at, expect ?? "", record, life),
      );
      return written === 1 ? version : null;
    },
    async remove(key, { expect }) {
      const removed = await redisAttempt("remove", () =>
        redis.doorstepRemove(nameOf(key), now(), expect),
      );
      return removed === 1;
    },
    async check() {
      // A write: a server that is full, a read-only replica, or one with too few replicas
      // (min-replicas-to-write) answers a PING and refuses a write.
      await redisAttempt("check", () => redis.set(CHECKED, "1", "PX", CHECK_MS));
    },
  };
}

/** Well-formed UTF-8 for every key: lone surrogates would all become one character. */
const nameOf = (key: string): string => JSON.stringify(key).slice(1, -1);

const format = (version: string, expiresAt: number, value: Json): string =>
  `${version} ${expiresAt} ${JSON.stringify(value)}`;

function parse(record: string, now: number) {
  const [version = "", expiresAt = ""] = record.split(" ", 2);
  if (Number(expiresAt) <= now) return null;
  const value: Json = JSON.parse(record.slice(version.length + expiresAt.length + 2));
  return { value, version };
}
