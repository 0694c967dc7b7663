import type { Redis, Result } from "ioredis";
import { LRUCache } from "lru-cache";
import { RateLimiterRedis } from "rate-limiter-flexible";
import { type KeyValues, keyValueLimiter } from "./key-value-limiter.ts";
import type { CountedStep, LimiterStore } from "./limits.ts";

/** Keys that a process counts while Redis is down; beyond them the longest unused is dropped. */
const MAX_OWN_KEYS = 50_000;

/**
 * The library's counting, for several counters. KEYS: the counters. ARGV: limit and seconds of each.
 * Returns points and milliseconds of each counter, up to the first that is spent; the spent one
 * stays as it is.
 */
const COUNT = `
local counted = {}
for i = 1, #KEYS do
  local limit, seconds = tonumber(ARGV[2 * i - 1]), ARGV[2 * i]
  redis.call('SET', KEYS[i], 0, 'EX', seconds, 'NX')
  local points = tonumber(redis.call('GET', KEYS[i])) + 1
  local isSpent = points > limit
  if not isSpent then redis.call('INCR', KEYS[i]) end
  counted[i] = { points, redis.call('PTTL', KEYS[i]) }
  if isSpent then return counted end
end
return counted
`;

declare module "ioredis" {
  interface RedisCommander<Context> {
    doorstepCount(
      keys: number,
      ...values: (string | number)[]
    ): Result<(readonly [points: number, leftMs: number])[], Context>;
  }
}

/**
 * Counts in Redis. While Redis is down each process counts for itself, so that limits continue. Not
 * with the library's memory limiter: it expires by timers, which fire at once for windows above
 * 24.8 days (2^31 ms).
 */
export function redisLimiter(redis: Redis): LimiterStore {
  redis.defineCommand("doorstepCount", { lua: COUNT });
  const own = keyValueLimiter(ownCounts());
  return {
    make: (options) =>
      new RateLimiterRedis({
        ...options,
        storeClient: redis,
        rejectIfRedisNotReady: true,
        insuranceLimiter: own.make(options),
      }),
    async countAll(steps) {
      const keys = steps.map(({ name }) => name);
      const bounds = steps.flatMap(({ window }) => [window.limit, window.windowMs / 1000]);
      // Each limiter has its insurance for a Redis that is down.
      const counted = await redis.doorstepCount(keys.length, ...keys, ...bounds).catch(() => null);
      return (
        counted?.map(([points, resetMs], i): CountedStep => {
          const remaining = (steps[i]?.window.limit ?? 0) - points;
          return { isAllowed: remaining >= 0, remaining: Math.max(0, remaining), resetMs };
        }) ?? null
      );
    },
  };
}

function ownCounts(): KeyValues {
  const counts = new LRUCache<string, object>({ max: MAX_OWN_KEYS });
  return {
    get: (key) => counts.get(key),
    put: (key, value) => void counts.set(key, value as object),
    delete: (key) => counts.delete(key),
  };
}
