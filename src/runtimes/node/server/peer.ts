import type { Bounds } from "./bounds.ts";

/** As much of a connection as its peer deals with. */
interface OwnConnection {
  proceed(): void;
}

/** Whoever is at the other end of connections: an IPv4 address, or an IPv6 network. */
export class Peer<Own extends OwnConnection = OwnConnection> {
  readonly name: string;
  /** Whether it is a proxy of the operator's, behind which everybody is. */
  readonly isTrusted: boolean;
  readonly connections = new Set<Own>();
  /** Connections on which requests wait. */
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

  /** To be called after a request ended. Whatever waits on any connection may have its place. */
  wake({ underWayPerPeer }: Bounds): void {
    if (this.isTrusted || this.underWay !== underWayPerPeer - 1) return;
    for (const connection of [...this.waiting]) connection.proceed();
  }
}
