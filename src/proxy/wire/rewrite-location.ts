/** Where a relative reference is looked at: a host that nobody has (RFC 2606). */
const NOWHERE = "http://nowhere.invalid/";

/**
 * A `Location` as the client may see it. The backend writes its own address, taken from the `Host`
 * that we sent, into every redirect to a trailing slash (LEGACY 5): that becomes a path, on which
 * the client stays with the gateway. What leads elsewhere stays as it is.
 *
 * @returns null where it is no URL, and nobody could follow it
 */
export function rewriteLocation(value: string, upstreamOrigin: string): string | null {
  const url = parse(value, upstreamOrigin);
  if (url === null) return null;
  const isHttp = url.protocol === "http:" || url.protocol === "https:";
  if (!isHttp || !isHostOf(url, upstreamOrigin) || isRelative(value)) return value;
  const path = url.pathname + url.search + url.hash;
  // `//evil.example/` behind the upstream's name is a path; alone it would be another host.
  return path.startsWith("//") ? `/.${path}` : path;
}

/** Whether a value names the upstream, in a URL or by itself. */
export function namesUpstream(value: string, upstreamOrigin: string): boolean {
  const host = upstreamOrigin.slice(upstreamOrigin.indexOf("//") + 2);
  return value.toLowerCase().includes(host.toLowerCase());
}

/** By `http` or `https`: behind a load balancer the backend knows not which it is. */
function isHostOf(url: URL, upstreamOrigin: string): boolean {
  return url.host === new URL(`${url.protocol}//${new URL(upstreamOrigin).host}`).host;
}

/** Says no host, in any of the spellings that browsers take for one (`//`, `/\`, `\t//`). */
const isRelative = (value: string): boolean =>
  parse(value, NOWHERE)?.host === new URL(NOWHERE).host;

function parse(value: string, base: string): URL | null {
  return URL.canParse(value, base) ? new URL(value, base) : null;
}
