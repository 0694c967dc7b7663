import type { RateLimiterAbstract } from "rate-limiter-flexible";
import RateLimiterRes from "rate-limiter-flexible/lib/RateLimiterRes.js";
import RateLimiterStoreAbstract from "rate-limiter-flexible/lib/RateLimiterStoreAbstract.js";
import type { LimiterOptions } from "./limits.ts";

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
 * Counts in a key-value store: one written row for each take, and none for a refused take, because
 * a spent key is cached until its window ends. No table is made.
 */
export function keyValueLimiter(
  values: KeyValues,
): (options: LimiterOptions) => RateLimiterAbstract {
  return (options) =>
    new KeyValueLimiter(values, { ...options, inMemoryBlockOnConsumed: options.points });
}

class KeyValueLimiter extends RateLimiterStoreAbstract {
  readonly #values: KeyValues;

  constructor(
    values: KeyValues,
    options: LimiterOptions & { readonly inMemoryBlockOnConsumed: number },
  ) {
    super({ ...options, storeClient: values });
    this.#values = values;
  }

  async _upsert(key: string, points: number, ms: number, forceExpire: boolean): Promise<Count> {
    const standing = forceExpire ? null : this.#read(key);
    const count =
      standing === null
        ? { points, expire: Date.now() + ms }
        : { ...standing, points: standing.points + points };
    this.#values.put(key, count);
    // An event that was given back can be taken again, so the key is no longer spent.
    if (points < 0) this.deleteInMemoryBlockedAll();
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
