import { LRUCache } from "lru-cache";

/** A monitor asks every few seconds. */
const PROBES = 60;
const WINDOW_MS = 60_000;
/** Networks that are counted; beyond them the longest unused begins anew. */
const MAX_NETWORKS = 10_000;

/** Bounds the probes of one network in this process: a probe is to cost nothing at a store. */
export interface ProbeLimit {
  /** @returns when the network may ask again, in epoch ms; null: it may ask now */
  refusedUntil(network: string, now: number): number | null;
}

export function createProbeLimit(): ProbeLimit {
  const windows = new LRUCache<string, { endsAt: number; probes: number }>({ max: MAX_NETWORKS });
  return {
    refusedUntil(network, now) {
      const known = windows.get(network);
      const isOpen = known !== undefined && known.endsAt - WINDOW_MS <= now && now < known.endsAt;
      const window = isOpen ? known : { endsAt: now + WINDOW_MS, probes: 0 };
      windows.set(network, window);
      window.probes++;
      return window.probes <= PROBES ? null : window.endsAt;
    },
  };
}
