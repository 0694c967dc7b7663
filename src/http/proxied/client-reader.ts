import { LRUCache } from "lru-cache";
import type { Network } from "../../core/address/network.ts";
import type { Log } from "../../ports/log.ts";
import { type ClientAddress, clientAddress, isTrustedPeer } from "../middleware/client-address.ts";

export interface ClientReaderOptions {
  readonly log: Log;
  readonly trusted: readonly Network[];
  /**
   * Whether an `X-Forwarded-For` of a peer outside TRUSTED_PROXIES deserves a warning. Not on
   * Workers: Cloudflare writes this header on every request, and names the client in another one.
   */
  readonly warns: boolean;
}

/**
 * @param peer the other end of the connection
 * @param forwardedFor the header's value, read only where it counts
 */
export type ClientReader = (
  peer: string | null,
  forwardedFor: () => string | undefined,
) => ClientAddress;

const IGNORED =
  "X-Forwarded-For came from a peer that is not in TRUSTED_PROXIES: if that peer is your proxy, all clients behind it share their limits";

/** Tells the client of each request; one warning in the life of a process. */
export function clientReader({ log, trusted, warns }: ClientReaderOptions): ClientReader {
  let isWarningDue = warns;
  // Parsing an address is slow beside the rest of a head, and few clients send most requests.
  const read = new LRUCache<string, ClientAddress>({ max: 1_000 });
  return (peer, forwardedFor) => {
    const forwarded = isWarningDue || trusted.length > 0 ? forwardedFor() : undefined;
    if (isWarningDue && forwarded !== undefined && !isTrustedPeer(peer, trusted)) {
      isWarningDue = false;
      log.write("warn", "forwarded-for-ignored", { reason: IGNORED });
    }
    const hops = trusted.length > 0 ? forwarded : undefined;
    const key = hops === undefined ? `${peer}` : `${peer} ${hops}`;
    const known = read.get(key);
    if (known !== undefined) return known;
    const client = clientAddress(peer, hops, trusted);
    if (key.length < 256) read.set(key, client);
    return client;
  };
}
