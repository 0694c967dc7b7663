/** A process that ends sooner than this after its start has ended at once. */
const SOON_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;
/** So many ends at once in a row are a fault that no restart mends. */
const MOST = 8;

/** What follows the end of a process that should have gone on. */
export interface Restart {
  /** Ends at once in a row, this one included. */
  readonly soonInARow: number;
  /** Time before the next start; null: give up. */
  readonly pauseMs: number | null;
}

/** @param soonInARow before this end. @param livedMs from the start of the process to its end */
export function afterEnd(soonInARow: number, livedMs: number): Restart {
  if (livedMs >= SOON_MS) return { soonInARow: 0, pauseMs: FIRST_PAUSE_MS };
  const now = soonInARow + 1;
  const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** soonInARow);
  return { soonInARow: now, pauseMs: now >= MOST ? null : pauseMs };
}
