import ipaddr from "ipaddr.js";
import { fail, ok, type Result } from "../result.ts";
import { type ClientSource, UNKNOWN_SOURCE } from "./client-source.ts";

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** A network as a value: its address and the length of its prefix. */
export type Network = readonly [address: Address, prefix: number];

/** A wider network is no one's own: its trust would cover the headers of strangers. */
const WIDEST = { ipv4: 8, ipv6: 16 };
/** The prefix lengths that limits count as one address, and as one network. */
const ADDRESS_PREFIX = { ipv4: 32, ipv6: 64 };
const NETWORK_PREFIX = { ipv4: 24, ipv6: 48 };
const LONGEST = { ipv4: 32, ipv6: 128 };

/**
 * An address of one host. IPv4 in an IPv6 wrapping counts as IPv4: a dual-stack listener reports
 * every IPv4 peer in that form. The old short and octal forms of IPv4 (`127.1`, `010.0.0.1`) are
 * refused, because parsers read them differently.
 */
export const parseAddress = (text: string): Address | null =>
  isAddress(text) ? ipaddr.process(text) : null;

const isAddress = (text: string): boolean =>
  ipaddr.IPv4.isValidFourPartDecimal(text) || ipaddr.IPv6.isValid(text);

/**
 * One address, or a network in CIDR notation (RFC 4632, RFC 4291). Fails with the end of a sentence.
 * IPv4 in an IPv6 wrapping is refused: such a network would match no peer.
 */
export function parseNetwork(text: string): Result<Network, string> {
  const [host = "", digits, ...rest] = text.split("/");
  if (!isAddress(host) || rest.length > 0) return fail(NOT_A_NETWORK);
  const address = ipaddr.parse(host);
  if (address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress()) return fail(NOT_A_NETWORK);
  const kind = address.kind();
  if (digits === undefined) return ok([address, LONGEST[kind]]);
  const prefix = /^\d{1,3}$/.test(digits) ? Number(digits) : Number.NaN;
  return prefix >= WIDEST[kind] && prefix <= LONGEST[kind]
    ? ok([address, prefix])
    : fail(NOT_A_NETWORK);
}

const NOT_A_NETWORK =
  "must be addresses or networks such as 10.0.0.0/8, and must not match every address";

export const isWithin = (address: Address, networks: readonly Network[]): boolean =>
  networks.some(
    ([network, prefix]) => network.kind() === address.kind() && address.match(network, prefix),
  );

/** The client's source for limits; null stands for a client without an address. */
export function sourceOf(address: Address | null): ClientSource {
  if (address === null) return UNKNOWN_SOURCE;
  const kind = address.kind();
  return {
    address: around(address, ADDRESS_PREFIX[kind]),
    network: around(address, NETWORK_PREFIX[kind]),
  };
}

function around(address: Address, prefix: number): string {
  if (prefix === LONGEST[address.kind()]) return address.toString();
  const family = address.kind() === "ipv4" ? ipaddr.IPv4 : ipaddr.IPv6;
  return `${family.networkAddressFromCIDR(`${address.toString()}/${prefix}`)}/${prefix}`;
}
