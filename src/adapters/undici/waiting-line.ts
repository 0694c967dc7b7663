interface Waiting {
  stop(why: "queued-too-long"): void;
}

/**
 * Exchanges that wait for a connection: undici's time-outs start with a connection, and all may be
 * in use. One timer for all, which runs only while exchanges wait: most get a connection at once.
 */
export class WaitingLine {
  readonly #timeoutMs: number;
  /** When each has waited too long, by `performance.now`; all wait equally long, the oldest is first. */
  readonly #ends = new Map<Waiting, number>();
  #isTimed = false;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  join(waiting: Waiting): void {
    this.#ends.set(waiting, performance.now() + this.#timeoutMs);
    if (!this.#isTimed) this.#look(this.#timeoutMs);
  }

  leave(waiting: Waiting): void {
    this.#ends.delete(waiting);
  }

  #look(inMs: number): void {
    this.#isTimed = true;
    setTimeout(() => this.#sweep(), Math.ceil(inMs)).unref();
  }

  #sweep(): void {
    this.#isTimed = false;
    const now = performance.now();
    for (const [waiting, end] of this.#ends) {
      if (end > now) {
        this.#look(end - now);
        return;
      }
      this.#ends.delete(waiting);
      waiting.stop("queued-too-long");
    }
  }
}
