/** A process that ends before it has served for so long has ended at once. */
const SOON_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** So many ends at once in a row are a fault that no restart mends. */
const MOST = 8;

/** What follows the end of a process that should have gone on. */
export interface Restart {
  /** Ends at once in a row in one place, this one included. */
  readonly soonInARow: number;
  /** Time before the next start; null: give up. */
  readonly pauseMs: number | null;
}

/** @param soonInARow before this end. @param servedMs 0 for a process that never served */
export function afterEnd(soonInARow: number, servedMs: number): Restart {
  if (servedMs >= SOON_MS) return { soonInARow: 0, pauseMs: FIRST_PAUSE_MS };
  const now = soonInARow + 1;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** soonInARow);
  return { soonInARow: now, pauseMs: now >= MOST ? null : pauseMs };
}
