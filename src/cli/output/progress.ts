import type { CommandOutput } from "../command-line.ts";

/** A line on a terminal that is written over again and again. */
export interface ProgressLine {
  update(done: number): void;
  /** Removes the line. */
  end(): void;
}

const EVERY_MS = 200;
const CLEAR = "\r\u001b[K";

/**
 * ProgressLine with its rate, and the time left where the total is known. Nothing where stderr is no
 * terminal.
 *
 * @param what of the count: `records read`
 */
export function progressOf(
  { progress }: Pick<CommandOutput, "progress">,
  what: string,
  total: number | null,
  now: () => number = () => performance.now(),
): ProgressLine {
  if (progress === undefined) return { update: () => undefined, end: () => undefined };
  const startedAt = now();
  let shownAt = startedAt;
  return {
    update(done) {
      const at = now();
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
