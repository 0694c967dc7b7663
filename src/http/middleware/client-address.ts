import type { ClientSource } from "../../core/address/client-source.ts";
import { isWithin, type Network, parseAddress, sourceOf } from "../../core/address/network.ts";

/** One client: its address for the backend, and its source for limits. */
export interface ClientAddress {
  /** One address; "unknown" where the platform tells no peer. */
  readonly address: string;
  readonly source: ClientSource;
}

/**
 * The client: the last address that no trusted proxy added.
 *
 * `X-Forwarded-For` is read from right to left, because the client wrote everything to the left of
 * our own proxy's entry. Without trusted proxies it is not read at all.
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
    // A trusted proxy wrote an entry that is no address: the proxy itself counts as the client.
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

/** Proxies write a port after the address, and brackets around an IPv6 one. */
const parseHop = (text: string) =>
  parseAddress(text.replace(/^\[(.*)\](:\d+)?$/, "$1").replace(/^([\d.]+):\d+$/, "$1"));
