import { isLoopback } from "../core/address/loopback.ts";

const READABLE =
  "is not encrypted to another host: anyone on the network path can read and change the traffic";

/**
 * Whether every host of a connection string is this machine. A MongoDB URL may list several hosts,
 * which `URL` cannot parse; the part before the last @ of the authority
 * is user and password.
 */
export function namesLoopbackOnly(url: string): boolean {
  const [, authority = ""] = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(url) ?? [];
  const hosts = authority.slice(authority.lastIndexOf("@") + 1).split(",");
  return hosts.every((host) => isLoopback(host.replace(/:\d*$/, "")));
}

/** The driver encrypts where `tls` or `ssl` says so, and for `mongodb+srv` unless either denies it. */
export function warnOfClearMongo(url: string): string | null {
  const options = new Map(
    [...new URLSearchParams(url.split("?")[1] ?? "")].map(([name, value]) => [
      name.toLowerCase(),
      value,
    ]),
  );
  const said = options.get("tls") ?? options.get("ssl");
  const isEncrypted = said === undefined ? url.startsWith("mongodb+srv:") : said === "true";
  return isEncrypted || namesLoopbackOnly(url) ? null : READABLE;
}

/** For URLs with the encryption in the scheme: `redis:` and `rediss:`, `http:` and `https:`. */
export const warnOfClear = (url: string): string | null =>
  /^(?:rediss|https):/.test(url) || namesLoopbackOnly(url) ? null : READABLE;

/** Origins of pages: a page that arrives in clear text can be made to show its tokens to others. */
export const warnOfClearPages = (origins: readonly string[]): string | null =>
  origins.some((origin) => /^http:/.test(origin) && !namesLoopbackOnly(origin))
    ? "has a page on another host without TLS: anyone on the network path can write into the page and read its tokens"
    : null;
