/** The source of a request, as far as limits tell sources apart. Both texts are personal data. */
export interface ClientSource {
  /**
   * An IPv4 address, or an IPv6 /64: a customer holds a whole /64 and can use any address in it.
   */
  readonly address: string;
  /** The IPv4 /24 or the IPv6 /48 around the address: what one operator or data centre assigns. */
  readonly network: string;
}

/** All clients without a known address; they share one source. */
export const UNKNOWN_SOURCE: ClientSource = { address: "unknown", network: "unknown" };
