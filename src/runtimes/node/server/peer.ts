import type { Bounds } from "./bounds.ts";

/** The parts of a connection that its peer uses. */
interface OwnConnection {
  proceed(): void;
}

/** The other end of connections: an IPv4 address, or an IPv6 network. */
export class Peer<Own extends OwnConnection = OwnConnection> {
  readonly name: string;
  /** Whether it is a proxy of the operator's, with many clients behind it. */
  readonly isTrusted: boolean;
  readonly connections = new Set<Own>();
  /** Connections with waiting requests. */
  readonly waiting = new Set<Own>();
  /** Requests that are worked on. */
  underWay = 0;

  constructor(name: string, isTrusted: boolean) {
    this.name = name;
    this.isTrusted = isTrusted;
  }

  mayStart({ underWayPerPeer }: Bounds): boolean {
    return this.isTrusted || this.underWay < underWayPerPeer;
  }

  mayConnect({ connectionsPerPeer }: Bounds): boolean {
    return this.isTrusted || this.connections.size < connectionsPerPeer;
  }

  /** Call after a request ended: a waiting request of any connection may take its place. */
  wake({ underWayPerPeer }: Bounds): void {
    if (this.isTrusted || this.underWay !== underWayPerPeer - 1) return;
    for (const connection of [...this.waiting]) connection.proceed();
  }
}
