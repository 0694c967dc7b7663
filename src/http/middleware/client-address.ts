import type { ClientSource } from "../../core/client-source.ts";
import { isWithin, type Network, parseAddress, sourceOf } from "../../core/network.ts";

/** One client, as the backend is told of it and as limits count it. */
export interface ClientAddress {
  /** One address; "unknown" where the platform tells no peer. */
  readonly address: string;
  readonly source: ClientSource;
}

/**
 * The client: the last address that no trusted proxy added.
 *
 * `X-Forwarded-For` is read from right to left, because whatever stands to the left of what our
 * own proxy wrote was written by the client. Without trusted proxies it is not read at all.
 */
export function clientAddress(
  peer: string | null,
  forwardedFor: string | undefined,
  trusted: readonly Network[],
): ClientAddress {
  const hops = (forwardedFor ?? "").split(",").map((hop) => parseHop(hop.trim()));
  let client = parseHop(peer ?? "");
  while (client !== null && isWithin(client, trusted) && hops.length > 0) {
    const next = hops.pop() ?? null;
    // What a trusted proxy did not write as an address tells nothing: the proxy itself counts.
    if (next === null) break;
    client = next;
  }
  return { address: client?.toString() ?? "unknown", source: sourceOf(client) };
}

/** Whether the other end of a connection is one of the operator's own proxies. */
export function isTrustedPeer(peer: string | null, trusted: readonly Network[]): boolean {
  const address = parseHop(peer ?? "");
  return address !== null && isWithin(address, trusted);
}

/** Proxies write a port behind the address, and brackets around an IPv6 one. */
const parseHop = (text: string) =>
  parseAddress(text.replace(/^\[(.*)\](:\d+)?$/, "$1").replace(/^([\d.]+):\d+$/, "$1"));
