/** Where a request comes from, as far as limits tell sources apart. Both texts are personal data. */
export interface ClientSource {
  /** An IPv4 address, or an IPv6 /64: a customer holds that much, and takes any address of it. */
  readonly address: string;
  /** The IPv4 /24 or the IPv6 /48 around it: what one operator or one data centre hands out. */
  readonly network: string;
}

/** All clients whose address the platform does not tell; they share one source. */
export const UNKNOWN_SOURCE: ClientSource = { address: "unknown", network: "unknown" };
