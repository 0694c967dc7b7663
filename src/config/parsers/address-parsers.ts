import { type Origin, originOf } from "../../core/address/origin.ts";
import { fail, ok } from "../../core/result.ts";
import type { Parser } from "../setting.ts";

const LABELS = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/;
const IPV6 = /^\[[0-9a-f:.]+\]$/;
/** A text that `URL` would correct (`https:a`, `\`, tabs, a path of dots) is refused. */
const ORIGIN = /^([a-z][a-z0-9+.-]{0,30}):\/\/([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?\/?$/;

/** The address of a server to listen on: a host name or an address, IPv6 without brackets. */
export const listenHost: Parser<string> = (text) =>
  /^[A-Za-z0-9.:-]{1,253}$/.test(text)
    ? ok(text)
    : fail("must be a host name or an address, without scheme, port and brackets");

/** The host of a URL in the spelling of URLs: lower case, punycode, IPv6 in brackets; no port. */
export const urlHost: Parser<string> = (text) => {
  const host = text.toLowerCase();
  return isUrlHost(host) ? ok(host) : fail("must be a host name without scheme, port and path");
};

/**
 * An http or https URL with nothing but its origin. The gateway answers at the root of its host:
 * RFC 8414 and the legacy routes both fix paths there.
 *
 * @returns the origin, without a trailing slash
 */
export const httpOrigin: Parser<string> = (text) => {
  const [scheme, url] = readOrigin(text);
  return scheme === "https" || scheme === "http"
    ? ok(new URL(url).origin)
    : fail("must be an http or https URL without path, query and user name");
};

/** The same, parsed once for all who need its parts. */
export const siteOrigin: Parser<Origin> = (text) => {
  const read = httpOrigin(text);
  return read.ok ? ok(originOf(new URL(read.value))) : read;
};

/**
 * An `Origin` header's value (RFC 6454), also that of a Capacitor app (`capacitor://localhost`), or
 * `*`. `null` is refused: any sandboxed page has it.
 */
export const origin: Parser<string> = (text) => {
  if (text === "*") return ok(text);
  const http = httpOrigin(text);
  if (http.ok) return http;
  const [scheme, url] = readOrigin(text);
  return scheme === "" || scheme.startsWith("http")
    ? fail("must be origins such as https://app.example.com, without paths and wildcards")
    : ok(url);
};

/** An issuer (RFC 8414 section 2), kept letter by letter: clients compare it as text. */
export const issuer: Parser<string> = (text) =>
  /^https?:\/\/[^?#@\\\s]+$/.test(text) && URL.canParse(text)
    ? ok(text)
    : fail("must be an http or https URL without query, fragment and user name");

/** A `redis://` or, over TLS, `rediss://` URL; the path is the number of a database. */
export const redisUrl: Parser<string> = (text) =>
  /^rediss?:\/\/[^/?#\s]+(?:\/\d{0,2})?$/.test(text) && URL.canParse(text)
    ? ok(text)
    : fail("must be a redis:// or rediss:// URL that ends with the database number");

/** Scheme and origin in lower case, without a trailing slash; both empty for an invalid text. */
function readOrigin(text: string): readonly [scheme: string, url: string] {
  const [url, scheme = "", host = ""] = ORIGIN.exec(text.toLowerCase()) ?? [];
  return url !== undefined && isUrlHost(host) && URL.canParse(url)
    ? [scheme, url.replace(/\/$/, "")]
    : ["", ""];
}

/** Compared with the host in `URL`, because `URL` reads `127.1` and `0x7f.1` as addresses. */
function isUrlHost(host: string): boolean {
  if (host.length > 253 || !(LABELS.test(host) || IPV6.test(host))) return false;
  const url = `http://${host}`;
  return URL.canParse(url) && new URL(url).hostname === host;
}
