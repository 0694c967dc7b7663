import ipaddr from "ipaddr.js";
import { type ClientSource, UNKNOWN_SOURCE } from "../../core/client-source.ts";

/** A network in CIDR notation, or one address. */
export type Network = readonly [ipaddr.IPv4 | ipaddr.IPv6, number];

/** An IPv6 customer holds a /64 at the least, and can take a new address for each request. */
const IPV6_PREFIX = 64;

/** @returns null where the text is neither an address nor CIDR notation, or is all of the internet */
export function parseNetwork(text: string): Network | null {
  const cidr = text.includes("/") ? text : `${text}/${text.includes(":") ? 128 : 32}`;
  if (!ipaddr.isValidCIDR(cidr) || !isAddress(cidr.split("/")[0] ?? "")) return null;
  const [address, prefix] = ipaddr.parseCIDR(cidr);
  return prefix === 0 ? null : [address, prefix];
}

/** One client, as the backend is told of it and as limits count it. */
export interface ClientAddress {
  /** One address; "unknown" where the platform tells no peer. */
  readonly address: string;
  /** An IPv4 address, or an IPv6 network `2001:db8::/64`; all that are unknown share one limit. */
  readonly countedAs: string;
  /** Where the client is, as limits of more than one address tell sources apart. */
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
  const hops = (forwardedFor ?? "").split(",").map((hop) => parseAddress(hop.trim()));
  let client = parseAddress(peer ?? "");
  while (client !== null && isTrusted(client, trusted) && hops.length > 0) {
    const next = hops.pop() ?? null;
    // What a trusted proxy did not write as an address tells nothing: the proxy itself counts.
    if (next === null) break;
    client = next;
  }
  if (client === null) return { address: "unknown", countedAs: "unknown", source: UNKNOWN_SOURCE };
  const [address, network] = [counted(client), networkOf(client)];
  return { address: client.toString(), countedAs: address, source: { address, network } };
}

/** Whether the other end of a connection is one of the operator's own proxies. */
export function isTrustedPeer(peer: string | null, trusted: readonly Network[]): boolean {
  const address = parseAddress(peer ?? "");
  return address !== null && isTrusted(address, trusted);
}

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** IPv4 in an IPv6 wrapping is IPv4: a dual-stack listener sees every IPv4 peer so. */
function parseAddress(text: string): Address | null {
  const bare = text.replace(/^\[(.*)\](:\d+)?$/, "$1").replace(/^([\d.]+):\d+$/, "$1");
  return isAddress(bare) ? ipaddr.process(bare) : null;
}

/** The old short and octal forms of IPv4 (`127.1`, `010.0.0.1`) are read differently everywhere. */
const isAddress = (text: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);

function isTrusted(address: Address, trusted: readonly Network[]): boolean {
  return trusted.some(
    ([network, prefix]) => network.kind() === address.kind() && address.match(network, prefix),
  );
}

/** What one operator or one data centre hands out: an IPv4 /24, an IPv6 /48. */
function networkOf(address: Address): string {
  return address.kind() === "ipv4"
    ? `${ipaddr.IPv4.networkAddressFromCIDR(`${address.toString()}/24`)}/24`
    : `${ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/48`)}/48`;
}

function counted(address: Address): string {
  if (address.kind() === "ipv4") return address.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(`${address.toString()}/${IPV6_PREFIX}`);
  return `${network.toString()}/${IPV6_PREFIX}`;
}
