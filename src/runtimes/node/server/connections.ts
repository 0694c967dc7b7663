import type { Socket } from "node:net";
import type { Network } from "../../../core/address/network.ts";
import { clientAddress, isTrustedPeer } from "../../../http/middleware/client-address.ts";
import { BOUNDS, type Bounds, PRESSURE } from "./bounds.ts";
import { Connection, type Shared } from "./connection.ts";
import { Peer } from "./peer.ts";

export interface ConnectionsOptions {
  readonly bounds?: Partial<Bounds>;
  /** Networks of proxies, with connections that carry requests of many clients. */
  readonly trustedProxies?: readonly Network[];
}

/** Every connection of clients, by peer. One source never takes the places of all others. */
export class Connections {
  readonly shared: Shared;
  readonly #bySocket = new Map<Socket, Connection>();
  readonly #byPeer = new Map<string, Peer<Connection>>();
  readonly #trusted;

  constructor({ bounds, trustedProxies = [] }: ConnectionsOptions) {
    this.shared = {
      bounds: { ...BOUNDS, ...bounds },
      isFull: false,
      isLeaving: false,
      isClosed: false,
      unanswered: 0,
      onIdle: () => undefined,
    };
    this.#trusted = trustedProxies;
  }

  get all(): Iterable<Connection> {
    return this.#bySocket.values();
  }

  of(socket: Socket): Connection | undefined {
    return this.#bySocket.get(socket);
  }

  /** Accepts a new connection, or destroys it; it may replace another connection of its source. */
  accept(socket: Socket): void {
    const peer = this.#peerOf(socket);
    const { bounds } = this.shared;
    const isFull = this.#bySocket.size >= bounds.connections;
    if (!peer.mayConnect(bounds) || (isFull && !this.#shed(peer))) {
      socket.destroy();
      return;
    }
    const connection = new Connection(socket, peer, this.shared, performance.now());
    this.#byPeer.set(peer.name, peer);
    this.#bySocket.set(socket, connection);
    peer.connections.add(connection);
    socket.once("close", () => {
      this.#forget(connection);
      connection.abandon();
    });
  }

  /** Cuts off the clients that have read nothing for longest, where a bound is nearly used up. */
  relieve(now: number): void {
    const { bounds } = this.shared;
    let unread = 0;
    const stalled: (readonly [Connection, number])[] = [];
    for (const connection of this.all) {
      unread += connection.unreadBytes;
      const ms = connection.progress.stalledMs(now);
      if (ms >= bounds.stallMs) stalled.push([connection, ms]);
    }
    this.shared.isFull = unread >= bounds.unreadBytes;
    stalled.sort(([, a], [, b]) => b - a);
    for (const [connection] of stalled) {
      if (unread < PRESSURE * bounds.unreadBytes && !this.#isPressed(connection.peer)) continue;
      unread -= connection.unreadBytes;
      this.#cut(connection);
    }
  }

  /** Its place is free at once; its requests end when the socket is closed. */
  #cut(connection: Connection): void {
    this.#forget(connection);
    connection.socket.destroy();
  }

  #forget(connection: Connection): void {
    const { peer, socket } = connection;
    this.#bySocket.delete(socket);
    peer.connections.delete(connection);
    if (peer.connections.size === 0) this.#byPeer.delete(peer.name);
  }

  #isPressed({ connections, isTrusted, underWay }: Peer<Connection>): boolean {
    const { bounds } = this.shared;
    return (
      this.#bySocket.size >= PRESSURE * bounds.connections ||
      (!isTrusted &&
        (connections.size >= PRESSURE * bounds.connectionsPerPeer ||
          underWay >= PRESSURE * bounds.underWayPerPeer))
    );
  }

  /** Makes room at the cost of the peer that holds most, if it holds more than the new one. */
  #shed(newcomer: Peer<Connection>): boolean {
    let most: Peer<Connection> | null = null;
    for (const peer of this.#byPeer.values()) {
      const size = most?.connections.size ?? newcomer.connections.size + 1;
      if (!peer.isTrusted && peer.connections.size > size) most = peer;
    }
    const [idlest] = [...(most?.connections ?? [])].sort(
      (a, b) => Number(b.isIdle) - Number(a.isIdle) || a.usedAt - b.usedAt,
    );
    if (idlest === undefined) return false;
    this.#cut(idlest);
    return true;
  }

  #peerOf({ remoteAddress }: Socket): Peer<Connection> {
    const address = remoteAddress ?? null;
    const isTrusted = isTrustedPeer(address, this.#trusted);
    const name = isTrusted
      ? `proxy ${address}`
      : clientAddress(address, undefined, []).source.address;
    return this.#byPeer.get(name) ?? new Peer(name, isTrusted);
  }
}
