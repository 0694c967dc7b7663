import type { Redis } from "ioredis";
import {
  type RateLimiterAbstract,
  RateLimiterMemory,
  RateLimiterRedis,
} from "rate-limiter-flexible";
import type { LimiterOptions } from "./limits.ts";

/** Counts in Redis; while that is down each process counts for itself, so that limits hold on. */
export function redisLimiter(redis: Redis): (options: LimiterOptions) => RateLimiterAbstract {
  return (options) =>
    new RateLimiterRedis({
      ...options,
      storeClient: redis,
      rejectIfRedisNotReady: true,
      insuranceLimiter: new RateLimiterMemory(options),
    });
}
