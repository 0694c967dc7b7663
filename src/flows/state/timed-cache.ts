import { LRUCache } from "lru-cache";
import type { Runtime } from "../../ports/runtime.ts";

/** Values that are costly to load, each valid for a time, up to a bound on their number. */
export interface TimedCache<T> {
  /**
   * The value under the key while it is good, else the result of `get`. Concurrent callers share one
   * load where requests may share work; elsewhere each caller loads, and the last load is kept. An
   * error of `get` goes to every waiting caller and is not kept: a value that is no longer good never
   * answers in its place.
   */
  of(key: string, get: () => Promise<T>): Promise<T>;
  forget(key: string): void;
}

interface Entry<T> {
  readonly value: Promise<T>;
  readonly askedAt: number;
  isHere: boolean;
  /** Epoch ms; infinite while the value is loading: ports are bounded in time. */
  goodUntil: number;
}

/**
 * @param max keys that are kept; beyond them the longest unused is dropped
 * @param goodUntil epoch ms until which a value that was requested at `askedAt` is valid. The time
 * of the request counts, not that of the result, because the data may have changed in between
 */
export function createTimedCache<T>(
  { now, outlivesClients }: Pick<Runtime, "now" | "outlivesClients">,
  max: number,
  goodUntil: (askedAt: number, value: T) => number,
): TimedCache<T> {
  const entries = new LRUCache<string, Entry<T>>({ max });
  const forget = (key: string, entry: Entry<T>) => {
    if (entries.peek(key) === entry) entries.delete(key);
  };
  // After the clock was set back the age of a value is unknown.
  const isGood = ({ askedAt, goodUntil: until }: Entry<T>): boolean =>
    askedAt <= now() && now() < until;
  return {
    async of(key, get) {
      const known = entries.get(key);
      if (known && (known.isHere || outlivesClients) && isGood(known)) return known.value;
      const askedAt = now();
      const onItsWay = { isHere: false, goodUntil: Number.POSITIVE_INFINITY };
      const entry: Entry<T> = { value: get(), askedAt, ...onItsWay };
      entries.set(key, entry);
      try {
        const value = await entry.value;
        entry.isHere = true;
        entry.goodUntil = goodUntil(askedAt, value);
        if (entry.goodUntil <= now()) forget(key, entry);
        return value;
      } catch (error) {
        forget(key, entry);
        throw error;
      }
    },
    forget: (key) => void entries.delete(key),
  };
}
