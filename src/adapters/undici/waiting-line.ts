/** One that may wait. */
export interface Waiting {
  /** Its place in the line; -1: none. The line alone writes it. */
  place: number;
  /** By `performance.now`. The line alone writes it. */
  waitsUntil: number;
  stop(why: "queued-too-long"): void;
}

const SWEEP_MS = 1_000;

/**
 * Exchanges that wait for a connection: undici's time-outs start with a connection, and all may be
 * in use. One timer for all, which runs only while exchanges wait, in place of one for each.
 *
 * A list, not a Map: one that gains and loses an entry with every request is rebuilt all the time,
 * and each dead table in the old heap keeps the next one and its requests alive.
 */
export class WaitingLine {
  readonly #timeoutMs: number;
  readonly #sweepMs: number;
  readonly #waiting: Waiting[] = [];
  #isTimed = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#sweepMs = Math.min(SWEEP_MS, timeoutMs / 8);
  }

  join(waiting: Waiting): void {
    waiting.waitsUntil = performance.now() + this.#timeoutMs;
    waiting.place = this.#waiting.push(waiting) - 1;
    if (!this.#isTimed) this.#lookLater();
  }

  leave(waiting: Waiting): void {
    const { place } = waiting;
    if (place === -1) return;
    waiting.place = -1;
    const last = this.#waiting.pop();
    if (last === undefined || last === waiting) return;
    this.#waiting[place] = last;
    last.place = place;
  }

  #lookLater(): void {
    this.#isTimed = true;
    setTimeout(() => this.#sweep(), this.#sweepMs).unref();
  }

  #sweep(): void {
    this.#isTimed = false;
    const now = performance.now();
    const late = this.#waiting.filter(({ waitsUntil }) => waitsUntil <= now);
    for (const waiting of late) waiting.stop("queued-too-long");
    if (this.#waiting.length > 0) this.#lookLater();
  }
}
