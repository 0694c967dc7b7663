import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { ClientProgress } from "../../../adapters/undici/client-progress.ts";
import type { Bounds } from "./bounds.ts";
import type { Peer } from "./peer.ts";
import { UploadClock } from "./upload-clock.ts";

/** One request, and the destination of its answer. */
export interface ServedExchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  /** Begins the work on the request. */
  run(exchange: ServedExchange): void;
}

/** One read of Node's holds no more requests: any after those belong to a second flood. */
const MOST_IGNORED = 4096;

/** Shared by all connections. */
export interface Shared {
  readonly bounds: Bounds;
  /** Whether the bytes that wait for clients, over all connections, exceed their bound. */
  isFull: boolean;
  /** SIGTERM came: an answer announces the end of its connection. */
  isLeaving: boolean;
  /** The listener is closed: a connection ends with its last answer. */
  isClosed: boolean;
  /** Requests that are worked on or wait. */
  unanswered: number;
  /** Called when `unanswered` falls to 0. */
  onIdle(): void;
}

/**
 * One client's connection, and its requests without a complete answer.
 *
 * Node parses all requests of one read at once and would answer them all, however little the client
 * reads: a read of 64 KB is 1,500 requests, and their answers 160 MB. Here a few are worked on, a
 * few wait, and one more ends the connection after those (RFC 9112 section 9.3.2: the client
 * repeats requests without an answer).
 */
export class Connection {
  readonly socket: Socket;
  readonly peer: Peer<Connection>;
  readonly progress: ClientProgress;
  readonly upload = new UploadClock();
  /** When a request last began or ended here, by `performance.now`. */
  usedAt: number;
  readonly #shared: Shared;
  /**
   * The oldest first. No Set: one that gains and loses an entry with every request is rebuilt all
   * the time, and each dead table in the old heap keeps the next one and its requests alive.
   */
  readonly #underWay: ServedExchange[] = [];
  readonly #held: ServedExchange[] = [];
  #isEnding = false;
  #ignored = 0;

  constructor(socket: Socket, peer: Peer<Connection>, shared: Shared, now: number) {
    this.socket = socket;
    this.peer = peer;
    this.progress = new ClientProgress(socket, now);
    this.usedAt = now;
    this.#shared = shared;
  }

  get isIdle(): boolean {
    return this.#underWay.length === 0 && this.#held.length === 0;
  }

  /** The last of the requests that are worked on. */
  get latest(): ServedExchange | undefined {
    return this.#underWay.at(-1);
  }

  get underWay(): number {
    return this.#underWay.length;
  }

  /** Bytes of answers that the client has not read. */
  get unreadBytes(): number {
    let bytes = 0;
    for (const { outgoing } of this.#underWay) bytes += outgoing.writableLength;
    return bytes;
  }

  take(exchange: ServedExchange): void {
    const { bounds } = this.#shared;
    if (this.#isEnding) {
      if (++this.#ignored > MOST_IGNORED) this.socket.destroy();
    } else if (this.#held.length === 0 && this.#mayStart()) {
      this.#shared.unanswered++;
      this.#start(exchange);
    } else if (this.#held.length < bounds.held) {
      this.#shared.unanswered++;
      this.#held.push(exchange);
      this.peer.waiting.add(this);
    } else {
      this.end();
    }
  }

  /** Begins waiting requests, as far as the bounds allow. */
  proceed(): void {
    while (this.#held.length > 0 && this.#mayStart()) {
      const next = this.#held.shift();
      if (next !== undefined) this.#start(next);
    }
    if (this.#held.length === 0) this.peer.waiting.delete(this);
  }

  /** Takes no further request; closes after the answers to those that it took. */
  end(): void {
    this.#isEnding = true;
    const last = this.#held.at(-1) ?? this.latest;
    if (last === undefined) this.socket.destroySoon();
    else last.outgoing.shouldKeepAlive = false;
  }

  /** From now on the last answer announces the end of the connection, if its head is not sent. */
  retire(): void {
    const last = this.#held.at(-1) ?? this.latest;
    if (last !== undefined && !last.outgoing.headersSent) this.end();
  }

  /** The socket is closed: no client waits for an answer. */
  abandon(): void {
    this.#isEnding = true;
    this.#count(this.#held.length);
    this.#held.length = 0;
    this.peer.waiting.delete(this);
    for (const { outgoing } of [...this.#underWay]) {
      // Node tells the current answer of the close; those behind it would never learn of it.
      outgoing.destroy();
      outgoing.emit("close");
    }
  }

  #mayStart(): boolean {
    const { bounds, isFull } = this.#shared;
    return (
      this.#underWay.length < bounds.underWay &&
      !(isFull && this.socket.writableLength > 0) &&
      this.peer.mayStart(bounds)
    );
  }

  #start(exchange: ServedExchange): void {
    this.usedAt = performance.now();
    this.#underWay.push(exchange);
    this.peer.underWay++;
    exchange.outgoing.on("close", () => this.#done(exchange));
    if (this.#shared.isLeaving && this.#held.length === 0) this.end();
    exchange.run(exchange);
  }

  #done(exchange: ServedExchange): void {
    const at = this.#underWay.indexOf(exchange);
    if (at === -1) return;
    // Most connections have one request at a time, and no list is made for it.
    if (at === this.#underWay.length - 1) this.#underWay.pop();
    else this.#underWay.splice(at, 1);
    this.usedAt = performance.now();
    this.peer.underWay--;
    this.#count(1);
    this.proceed();
    this.peer.wake(this.#shared.bounds);
    // Its last answer may have sent its head before it was the last: that head promised more.
    if (this.isIdle && (this.#isEnding || this.#shared.isClosed)) this.socket.destroySoon();
  }

  #count(done: number): void {
    if (done === 0) return;
    this.#shared.unanswered -= done;
    if (this.#shared.unanswered === 0) this.#shared.onIdle();
  }
}
