import { STALL_MS } from "../../../core/pace.ts";

/** Bounds on one connection, one peer and all connections. */
export interface Bounds {
  /** Requests of one connection that are worked on at once. */
  readonly underWay: number;
  /** Requests of one connection that wait; one more ends the connection. */
  readonly held: number;
  /** Connections in all. */
  readonly connections: number;
  /** Connections of one peer that is no trusted proxy. */
  readonly connectionsPerPeer: number;
  /** Requests of one peer, if it is no trusted proxy, that are worked on. */
  readonly underWayPerPeer: number;
  /** Bytes of answers that wait for clients, over all connections. */
  readonly unreadBytes: number;
  /** A client without a byte for this long, in either direction, while it is waited for, stalls. */
  readonly stallMs: number;
  /** The interval of checks of all connections. */
  readonly sweepMs: number;
}

/** The largest answer of our own has some 110 KB: one peer can leave 55 MB of them unread. */
export const BOUNDS: Bounds = {
  underWay: 8,
  held: 24,
  connections: 8192,
  connectionsPerPeer: 1024,
  underWayPerPeer: 512,
  unreadBytes: 64 * 1024 * 1024,
  stallMs: STALL_MS,
  sweepMs: 1_000,
};

/** Once this part of a bound is in use, the longest stalled clients are cut off. */
export const PRESSURE = 4 / 5;
