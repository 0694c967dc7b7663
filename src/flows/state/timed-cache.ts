import { LRUCache } from "lru-cache";
import type { Maybe } from "../../core/maybe.ts";
import type { Runtime } from "../../ports/runtime.ts";

/** Values that are costly to load, each valid for a time, up to a bound on their number. */
export interface TimedCache<T> {
  /**
   * The value under the key while it is good, else the result of `get`. Concurrent callers share one
   * load where requests may share work; elsewhere each caller loads, and the last load is kept. An
   * error of `get` goes to every waiting caller and is not kept: a value that is no longer good never
   * answers in its place. A value that is here is no promise.
   */
  of(key: string, get: () => Promise<T>): Maybe<T>;
  forget(key: string): void;
}

interface Entry<T> {
  readonly value: Promise<T>;
  readonly askedAt: number;
  /** The value, once it is here. */
  here: { readonly value: T } | null;
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
  const load = async (key: string, get: () => Promise<T>): Promise<T> => {
    const askedAt = now();
    const onItsWay = { here: null, goodUntil: Number.POSITIVE_INFINITY };
    const entry: Entry<T> = { value: get(), askedAt, ...onItsWay };
    entries.set(key, entry);
    try {
      const value = await entry.value;
      entry.here = { value };
      entry.goodUntil = goodUntil(askedAt, value);
      if (entry.goodUntil <= now()) forget(key, entry);
      return value;
    } catch (error) {
      forget(key, entry);
      throw error;
    }
  };
  return {
    of(key, get) {
      const known = entries.get(key);
      if (known === undefined || !isGood(known)) return load(key, get);
      if (known.here !== null) return known.here.value;
      return outlivesClients ? known.value : load(key, get);
    },
    forget: (key) => void entries.delete(key),
  };
}
