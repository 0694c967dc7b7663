import type { CommandOutput } from "../command-line.ts";

/** A line on a terminal that is written over again and again. */
export interface ProgressLine {
  /**
   * The first call starts the clock of the rate: earlier work is no part of it.
   *
   * @param total null: not known yet
   */
  update(done: number, total: number | null): void;
  /** Removes the line. */
  end(): void;
}

const EVERY_MS = 200;
const CLEAR = "\r\u001b[K";

/**
 * A line with the count, its rate and the time left. Nothing where stderr is no terminal.
 *
 * @param what of the count: `records read`
 */
export function progressOf(
  { progress }: Pick<CommandOutput, "progress">,
  what: string,
  now: () => number = () => performance.now(),
): ProgressLine {
  if (progress === undefined) return { update: () => undefined, end: () => undefined };
  let startedAt: number | null = null;
  let shownAt = 0;
  return {
    update(done, total) {
      const at = now();
      if (startedAt === null) {
        startedAt = at;
        shownAt = at;
      }
      if (at - shownAt < EVERY_MS) return;
      shownAt = at;
      progress(`${CLEAR}${progressText(what, done, total, (at - startedAt) / 1000)}`);
    },
    end: () => progress(CLEAR),
  };
}

function progressText(what: string, done: number, total: number | null, seconds: number): string {
  const rate = Math.round(done / Math.max(0.001, seconds));
  if (total === null) return `${done} ${what}, ${rate}/s`;
  const left = rate === 0 ? "" : `, ${Math.ceil(Math.max(0, total - done) / rate)} s left`;
  const percent = Math.floor((100 * done) / Math.max(1, total));
  return `${done} of ${total} ${what} (${percent} %), ${rate}/s${left}`;
}
