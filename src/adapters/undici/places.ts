/** Requests of one source may hold this fraction of the connections: one in so many. */
const PART = 8;
/** Once this part of the connections is in use, stalled clients are cut off. */
const PRESSURE = 4 / 5;
/** Bound on the requests of one source that wait for a connection. */
const MOST_WAITING = 1_024;

interface Source {
  readonly name: string;
  inUse: number;
  readonly waiting: Set<ConnectionPlace>;
}

/** One that needs a connection. */
export interface Guest {
  /** Called once, when a connection is free; the place is held from now on. */
  begin(place: ConnectionPlace): void;
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
   * Begins the guest when the source may have one more connection: at once, or when one of its own
   * becomes free.
   *
   * @returns null where too many requests wait already
   */
  take(name: string, guest: Guest): ConnectionPlace | null {
    const source = this.#source(name);
    const place = new ConnectionPlace(this, source, guest);
    if (source.inUse < this.#share) this.begin(place);
    else if (source.waiting.size < MOST_WAITING) source.waiting.add(place);
    else return null;
    return place;
  }

  #source(name: string): Source {
    const known = this.#sources.get(name);
    if (known !== undefined) return known;
    const made = { name, inUse: 0, waiting: new Set<ConnectionPlace>() };
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

  /** For `ConnectionPlace`. */
  begin(place: ConnectionPlace): void {
    place.source.inUse++;
    this.#inUse++;
    place.begin();
  }

  /** For `ConnectionPlace`: one of the source's connections is free. */
  free(source: Source): void {
    source.inUse--;
    this.#inUse--;
    const [next] = source.waiting;
    if (next !== undefined) {
      source.waiting.delete(next);
      this.begin(next);
    } else if (source.inUse === 0) this.#sources.delete(source.name);
  }
}

/** A request's wait for a connection, and then its hold on one. */
export class ConnectionPlace {
  readonly source: Source;
  readonly #places: Places;
  readonly #guest: Guest;
  #isHeld = false;

  constructor(places: Places, source: Source, guest: Guest) {
    this.#places = places;
    this.source = source;
    this.#guest = guest;
  }

  /** For `Places`. */
  begin(): void {
    this.#isHeld = true;
    this.#guest.begin(this);
  }

  /** Gives up the wait; a connection that is held stays held. */
  giveUp(): void {
    this.source.waiting.delete(this);
  }

  /** Call when the connection is free again; further calls do nothing. */
  leave(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#places.free(this.source);
  }
}
