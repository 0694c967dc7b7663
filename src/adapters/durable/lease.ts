import type { Runtime } from "../../ports/runtime.ts";

/** How often a waiting caller checks for its turn. */
const POLL_MS = 50;

/** One holder at a time. */
export interface Lease {
  /**
   * Runs `work` when no other caller holds the lease, and releases the lease afterwards.
   *
   * @param holdMs a holder that needs longer loses the lease: its request may be gone
   * @param waitMs how long to wait for a turn
   * @returns null where no turn came in time
   */
  hold<T>(holdMs: number, waitMs: number, work: () => Promise<T>): Promise<T | null>;
}

/**
 * A lease within one Durable Object. It is a time and not a promise: on Workers the request of a
 * client that hung up may stop anywhere, and its promises would never settle.
 */
export function createLease({ now, sleep }: Pick<Runtime, "now" | "sleep">): Lease {
  let heldUntil = 0;
  let holder = 0;
  return {
    async hold(holdMs, waitMs, work) {
      const giveUpAt = now() + waitMs;
      while (heldUntil > now()) {
        if (now() >= giveUpAt) return null;
        await sleep(POLL_MS);
      }
      heldUntil = now() + holdMs;
      const turn = ++holder;
      try {
        return await work();
      } finally {
        if (holder === turn) heldUntil = 0;
      }
    },
  };
}
