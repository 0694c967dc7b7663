import type { Redis } from "ioredis";
import { LRUCache } from "lru-cache";
import { type RateLimiterAbstract, RateLimiterRedis } from "rate-limiter-flexible";
import { type KeyValues, keyValueLimiter } from "./key-value-limiter.ts";
import type { LimiterOptions } from "./limits.ts";

/** Keys that a process counts while Redis is down; beyond them the longest unused is dropped. */
const MAX_OWN_KEYS = 50_000;

/**
 * Counts in Redis. While Redis is down each process counts for itself, so that limits continue. Not
 * with the library's memory limiter: it expires by timers, which fire at once for windows above
 * 24.8 days (2^31 ms).
 */
export function redisLimiter(redis: Redis): (options: LimiterOptions) => RateLimiterAbstract {
  const own = keyValueLimiter(ownCounts());
  return (options) =>
    new RateLimiterRedis({
      ...options,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: own(options),
    });
}

function ownCounts(): KeyValues {
  const counts = new LRUCache<string, object>({ max: MAX_OWN_KEYS });
  return {
    get: (key) => counts.get(key),
    put: (key, value) => void counts.set(key, value as object),
    delete: (key) => counts.delete(key),
  };
}
