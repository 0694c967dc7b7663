import type { CommandOutput } from "../command-line.ts";

const WIDTH = 24;
/** The line is drawn at most this often. */
const EVERY_MS = 200;

/**
 * A bar with rate and time left, on the one line of a terminal; nothing where there is no terminal.
 *
 * @param total of the work; 0 where it is unknown
 */
export function progressBar(
  { ask, err }: CommandOutput,
  total: number,
  now: () => number,
): { readonly show: (done: number) => void; readonly end: () => void } {
  if (ask === undefined) return { show: () => undefined, end: () => undefined };
  const startedAt = now();
  let drawnAt = 0;
  return {
    show(done) {
      if (now() - drawnAt < EVERY_MS) return;
      drawnAt = now();
      err(`\r${progressLine(done, total, (now() - startedAt) / 1000)}\u001b[K`);
    },
    end: () => void err("\r\u001b[K"),
  };
}

/** `[########................] 33 %  1,200 of 3,600  400 a second  6 s left` */
export function progressLine(done: number, total: number, seconds: number): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const speed = `${grouped(Math.round(rate))} a second`;
  if (total <= 0 || done > total) return `${grouped(done)}  ${speed}`;
  const filled = Math.round((done / total) * WIDTH);
  const bar = `[${"#".repeat(filled)}${".".repeat(WIDTH - filled)}]`;
  const percent = `${Math.floor((done / total) * 100)} %`;
  const left = rate > 0 ? `  ${timeLeft((total - done) / rate)} left` : "";
  return `${bar} ${percent}  ${grouped(done)} of ${grouped(total)}  ${speed}${left}`;
}

function timeLeft(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

const grouped = (count: number): string => count.toLocaleString("en-US");
