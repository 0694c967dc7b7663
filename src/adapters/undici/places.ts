/** Requests of one source may hold this fraction of the connections: one in so many. */
const PART = 8;
/** Once this part of the connections is in use, stalled clients are cut off. */
const PRESSURE = 4 / 5;
/** Bound on the requests of one source that wait for a connection. */
const MOST_WAITING = 1_024;

interface Source {
  inUse: number;
  readonly waiting: Set<() => void>;
}

/** A request's hold on a connection. */
export interface ConnectionPlace {
  /** Call when the connection is free again; further calls do nothing. */
  leave(): void;
}

/**
 * Shares the connections to the upstream among sources. Otherwise one address that opens many
 * connections and reads nothing would hold them all, and every other customer would wait.
 */
export class Places {
  readonly #connections: number;
  readonly #share: number;
  readonly #sources = new Map<string, Source>();
  #inUse = 0;

  /** @param connections of the pool */
  constructor(connections: number) {
    this.#connections = connections;
    this.#share = Math.ceil(connections / PART);
  }

  /**
   * Calls `start` when the source may have one more connection: at once, or when one of its own
   * becomes free.
   *
   * @returns a function that gives up the wait, or null where too many requests wait already
   */
  take(name: string, start: (place: ConnectionPlace) => void): (() => void) | null {
    const source = this.#source(name);
    const begin = () => {
      source.inUse++;
      this.#inUse++;
      start(this.#place(name, source));
    };
    if (source.inUse < this.#share) {
      begin();
      return nothing;
    }
    if (source.waiting.size >= MOST_WAITING) return null;
    source.waiting.add(begin);
    return () => void source.waiting.delete(begin);
  }

  #source(name: string): Source {
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    const made = { inUse: 0, waiting: new Set<() => void>() };
    this.#sources.set(name, made);
    return made;
  }

  /** Whether connections run out, for all or for one source. */
  isPressed(name: string): boolean {
    const ofSource = this.#sources.get(name)?.inUse ?? 0;
    return (
      this.#inUse >= PRESSURE * this.#connections || ofSource >= Math.max(1, PRESSURE * this.#share)
    );
  }

  #place(name: string, source: Source): ConnectionPlace {
    let isHeld = true;
    return {
      leave: () => {
        if (!isHeld) return;
        isHeld = false;
        source.inUse--;
        this.#inUse--;
        const [next] = source.waiting;
        if (next !== undefined) {
          source.waiting.delete(next);
          next();
        } else if (source.inUse === 0) this.#sources.delete(name);
      },
    };
  }
}

const nothing = (): void => undefined;
