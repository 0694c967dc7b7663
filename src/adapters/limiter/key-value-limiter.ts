import RateLimiterRes from "rate-limiter-flexible/lib/RateLimiterRes.js";
import RateLimiterStoreAbstract from "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js";
import type { LimiterOptions, LimiterStore } from "./limits.ts";

/** Synchronous values under names: the part of a Durable Object's storage that a limiter needs. */
export interface KeyValues {
  get(key: string): unknown;
  put(key: string, value: unknown): void;
  delete(key: string): unknown;
}

/** The stored count of one key; `expire` in epoch ms. */
interface Count {
  readonly points: number;
  readonly expire: number;
}

/** Epoch ms of a stored value's end; 0 for a value that is no count of this store. */
export const endOf = (value: unknown): number => (value as Partial<Count> | null)?.expire ?? 0;

/**
 * Counts in a key-value store: one written row for each take, and none for a refused take. No table
 * is made.
 */
export const keyValueLimiter = (values: KeyValues): LimiterStore => ({
  make: (options) => new KeyValueLimiter(values, options),
});

class KeyValueLimiter extends RateLimiterStoreAbstract {
  readonly #values: KeyValues;

  constructor(values: KeyValues, options: LimiterOptions) {
    super({ ...options, storeClient: values });
    this.#values = values;
  }

  async _upsert(key: string, points: number, ms: number, forceExpire: boolean): Promise<Count> {
    const standing = forceExpire ? null : this.#read(key);
    const { expire, points: before } = standing ?? { points: 0, expire: Date.now() + ms };
    const count = { points: Math.max(0, before + points), expire };
    // A refused event is not counted, so that an event that is given back later can be taken again.
    const isCounted = points < 0 ? standing !== null : count.points <= this.points;
    if (isCounted) this.#values.put(key, count);
    return count;
  }

  async _get(key: string): Promise<Count | null> {
    return this.#read(key);
  }

  async _delete(key: string): Promise<boolean> {
    return this.#values.delete(key) === true;
  }

  _getRateLimiterRes(_: string, changed: number, { expire, points }: Count): RateLimiterRes {
    const remaining = Math.max(this.points - points, 0);
    return new RateLimiterRes(remaining, expire - Date.now(), points, points === changed);
  }

  #read(key: string): Count | null {
    const count = this.#values.get(key) as Count | undefined;
    return count !== undefined && count.expire > Date.now() ? count : null;
  }
}
