/**
 * An http or https origin (RFC 6454), parsed once in the settings. In a template it reads as its
 * text, `https://shop.example:8443`, without a trailing slash.
 */
export interface Origin {
  readonly text: string;
  /** With the port, where it is not the scheme's own. */
  readonly host: string;
  readonly hostname: string;
  /** The scheme's own where the URL names none. */
  readonly port: number;
  /** `https:` or `http:`. */
  readonly protocol: string;
  readonly isHttps: boolean;
  toString(): string;
  toJSON(): string;
}

/** One function for all origins, so that equal origins are equal values. */
function textOf(this: Origin): string {
  return this.text;
}

/** The origin of a URL; its path and query are left out. */
export function originOf({ host, hostname, origin, port, protocol }: URL): Origin {
  const isHttps = protocol === "https:";
  return {
    text: origin,
    host,
    hostname,
    port: Number(port || (isHttps ? 443 : 80)),
    protocol,
    isHttps,
    toString: textOf,
    toJSON: textOf,
  };
}
