import type { Origin } from "../../core/address/origin.ts";

/** The base of relative references: a host that does not exist (RFC 2606). */
const NOWHERE = "http://nowhere.invalid/";

/**
 * A `Location` for the client. The backend writes its own address, from the `Host` that we sent,
 * into every redirect to a trailing slash (LEGACY 5): it becomes a path, so that the client stays
 * with the gateway. A location elsewhere is unchanged.
 *
 * @returns null where it is no URL, and no client could follow it
 */
export function rewriteLocation(value: string, upstream: Origin): string | null {
  const url = parse(value, upstream.text);
  if (url === null) return null;
  const isHttp = url.protocol === "http:" || url.protocol === "https:";
  if (!isHttp || !isHostOf(url, upstream) || isRelative(value)) return value;
  const path = url.pathname + url.search + url.hash;
  // `//evil.example/` after the upstream's name is a path; alone it would be another host.
  return path.startsWith("//") ? `/.${path}` : path;
}

/** Whether a value names the upstream, in a URL or by itself. */
export function namesUpstream(value: string, upstream: Origin): boolean {
  return value.toLowerCase().includes(upstream.host);
}

/** By `http` or `https`: behind a load balancer the backend does not know which. */
function isHostOf(url: URL, upstream: Origin): boolean {
  return url.host === new URL(`${url.protocol}//${upstream.host}`).host;
}

/** Names no host, in any of the spellings that browsers accept (`//`, `/\`, `\t//`). */
const isRelative = (value: string): boolean =>
  parse(value, NOWHERE)?.host === new URL(NOWHERE).host;

function parse(value: string, base: string): URL | null {
  return URL.canParse(value, base) ? new URL(value, base) : null;
}
