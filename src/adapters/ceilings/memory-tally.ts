import type { TallyStore } from "./counted-ceilings.ts";

interface Entry {
  readonly endsAt: number;
  readonly number: number;
}

/** Numbers of this process alone. */
export function memoryTally(): TallyStore {
  const windows = new Map<string, Map<string, Entry>>();
  const entriesOf = (window: string): Map<string, Entry> => {
    const entries = windows.get(window) ?? new Map<string, Entry>();
    windows.set(window, entries);
    return entries;
  };
  return {
    atomically: (_, work) => work(),
    tally: {
      read(window, keys) {
        const entries = windows.get(window);
        return new Map(keys.flatMap((key) => numberUnder(entries, key)));
      },
      change(window, keys, by, endsAt) {
        const entries = entriesOf(window);
        const numbers = keys.map((key): [string, number] => {
          const number = Math.max(0, (entries.get(key)?.number ?? 0) + by);
          if (number > 0) entries.set(key, { endsAt, number });
          else entries.delete(key);
          return [key, number];
        });
        return new Map(numbers);
      },
      renew(window, key, endsAt) {
        const entries = entriesOf(window);
        // Behind those that end before it.
        entries.delete(key);
        entries.set(key, { endsAt, number: 1 });
      },
      forget(now) {
        for (const [window, entries] of windows) {
          // The keys of one window of a ceiling end together, so the oldest key decides for all.
          for (const [key, { endsAt }] of entries) {
            if (endsAt > now) break;
            entries.delete(key);
          }
          if (entries.size === 0) windows.delete(window);
        }
      },
    },
  };
}

function numberUnder(
  entries: ReadonlyMap<string, Entry> | undefined,
  key: string,
): readonly (readonly [string, number])[] {
  const entry = entries?.get(key);
  return entry === undefined ? [] : [[key, entry.number]];
}
