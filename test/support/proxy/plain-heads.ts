/** Heads that RFC 9112 and 9110 let a client send, though few clients do. */
export interface PlainHead {
  readonly name: string;
  /** `HTTP/1.0` or `HTTP/1.1`. */
  readonly version: string;
  /** Why no Worker ever sees it. */
  readonly notOnWorkers?: string;
  /** The lines behind the request line. */
  readonly lines: readonly string[];
}

const HOST = "Host: localhost";

/** `Connection: close` goes with each, on a line of its own. */
export const PLAIN_HEADS: readonly PlainHead[] = [
  {
    name: "HTTP/1.0 without a Host",
    version: "HTTP/1.0",
    lines: [],
    notOnWorkers: "workerd refuses it before any Worker: it is by the host that one is chosen",
  },
  { name: "HTTP/1.0 with a Host", version: "HTTP/1.0", lines: [HOST] },
  { name: "a Host with an empty port", version: "HTTP/1.1", lines: ["Host: localhost:"] },
  { name: "a Host in capitals", version: "HTTP/1.1", lines: ["Host: LOCALHOST:8787"] },
  { name: "an IPv6 Host", version: "HTTP/1.1", lines: ["Host: [::1]:8787"] },
  {
    name: "an offer of HTTP/2 in clear text",
    version: "HTTP/1.1",
    lines: [HOST, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAA"],
  },
  {
    name: "an offer without its `Connection`",
    version: "HTTP/1.1",
    lines: [HOST, "Upgrade: h2c"],
  },
  { name: "a wish for trailers", version: "HTTP/1.1", lines: [HOST, "TE: trailers"] },
  {
    name: "a wish for trailers, named in `Connection`",
    version: "HTTP/1.1",
    lines: [HOST, "TE: trailers", "Connection: TE"],
  },
  { name: "another transfer coding", version: "HTTP/1.1", lines: [HOST, "TE: gzip;q=0.5"] },
];

export function headOf({ lines, version }: PlainHead, path: string, token: string): string {
  const own = [`Authorization: Bearer ${token}`, "Connection: close"];
  return [`GET ${path} ${version}`, ...lines, ...own, "", ""].join("\r\n");
}
