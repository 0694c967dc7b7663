import { STALL_MS } from "../../../core/pace.ts";

/** What one connection, one peer and all of them may hold. */
export interface Bounds {
  /** Requests of one connection that are worked on at once. */
  readonly underWay: number;
  /** Requests of one connection that wait behind those; one more ends the connection. */
  readonly held: number;
  /** Connections in all. */
  readonly connections: number;
  /** Connections of one peer that is no trusted proxy. */
  readonly connectionsPerPeer: number;
  /** Requests that are worked on for one peer that is no trusted proxy. */
  readonly underWayPerPeer: number;
  /** Bytes of answers that wait for clients, in all. */
  readonly unreadBytes: number;
  /** Without a byte for so long, in either direction, a client that is waited for stalls. */
  readonly stallMs: number;
  /** How often all connections are looked at. */
  readonly sweepMs: number;
}

/**
 * The largest answer of the gateway's own has some 110 KB: one peer can have 55 MB of them made
 * and not read.
 */
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

/** From this part of a bound on, the clients that stalled longest are let go. */
export const PRESSURE = 4 / 5;
