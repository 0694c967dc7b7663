/** How much there is to give away, in bytes or in connections. */
export interface RoomBounds {
  readonly all: number;
  /** So much a source may hold in any case. */
  readonly share: number;
  /** While all sources together hold less than this, no share is asked for. */
  readonly open: number;
  /** A hold that is not touched for so long is over: its request may be gone. */
  readonly goodMs: number;
}

/** What one request holds. */
export interface Hold {
  /** @returns false where there is no room for so much more: nothing is taken then */
  take(amount: number): boolean;
  give(amount: number): void;
  /** The request is still there. */
  touch(): void;
  /** Gives everything back. Further calls do nothing. */
  leave(): void;
}

interface Held {
  readonly source: string;
  amount: number;
  /** Epoch ms. */
  touchedAt: number;
}

/**
 * What one process gives away to requests, bounded in all and per source. The source that holds
 * most is refused first, so that one source never uses up the room of others.
 *
 * A hold ends by time as well: on Workers a request whose client hung up may end anywhere, and would
 * never give back what it held.
 */
export class SharedRoom {
  readonly #bounds: RoomBounds;
  readonly #now: () => number;
  readonly #held = new Set<Held>();
  readonly #bySource = new Map<string, number>();
  #total = 0;

  /** @param now epoch ms */
  constructor(bounds: RoomBounds, now: () => number) {
    this.#bounds = bounds;
    this.#now = now;
  }

  hold(source: string): Hold {
    const held: Held = { source, amount: 0, touchedAt: this.#now() };
    const touch = () => {
      held.touchedAt = this.#now();
    };
    return {
      touch,
      take: (amount) => {
        if (!this.#fits(source, amount) && !this.#fitsAfterSweep(source, amount)) return false;
        touch();
        this.#held.add(held);
        this.#change(held, amount);
        return true;
      },
      give: (amount) => {
        if (this.#held.has(held)) this.#change(held, -Math.min(amount, held.amount));
      },
      leave: () => this.#end(held),
    };
  }

  #fits(source: string, amount: number): boolean {
    const { all, open, share } = this.#bounds;
    const total = this.#total + amount;
    const ofSource = (this.#bySource.get(source) ?? 0) + amount;
    return total <= all && (total <= open || ofSource <= share);
  }

  #fitsAfterSweep(source: string, amount: number): boolean {
    const oldest = this.#now() - this.#bounds.goodMs;
    for (const held of this.#held) if (held.touchedAt < oldest) this.#end(held);
    return this.#fits(source, amount);
  }

  #end(held: Held): void {
    if (!this.#held.delete(held)) return;
    this.#change(held, -held.amount);
  }

  #change(held: Held, by: number): void {
    held.amount += by;
    this.#total += by;
    const ofSource = (this.#bySource.get(held.source) ?? 0) + by;
    if (ofSource > 0) this.#bySource.set(held.source, ofSource);
    else this.#bySource.delete(held.source);
  }
}
