import { isLoopback } from "../address/loopback.ts";
import type { Origin } from "../address/origin.ts";

/** The settings that name the hosts of our pages. */
export interface PageOrigins {
  readonly publicUrl: Origin;
  /** ALLOWED_ORIGINS, or `*`. */
  readonly allowedOrigins: readonly string[];
}

/**
 * The host of the page that asks for a code, for the message's last line: phones fill the code in
 * on that host only. A script of a page cannot change its `Origin` (Fetch, forbidden request
 * headers), but every other client writes what it likes. So the header only chooses among hosts of
 * the settings: no text names the host of an attacker.
 *
 * @param origin the request's `Origin`
 * @returns null for every other origin, and for a client without one: the text names OTP_DOMAIN
 */
export function pageHost(origin: string | undefined, pages: PageOrigins): string | null {
  const known = originsOf(pages).find((one) => one === origin);
  return known === undefined ? null : hostOf(known, pages);
}

/** Every host that the last line of a message can name. @param domain OTP_DOMAIN */
export function messageHosts(pages: PageOrigins, domain: string): readonly string[] {
  const hosts = originsOf(pages).flatMap((one) => hostOf(one, pages) ?? []);
  return [...new Set([...hosts, domain])];
}

const originsOf = ({ allowedOrigins, publicUrl }: PageOrigins): readonly string[] => [
  publicUrl.text,
  ...allowedOrigins,
];

/**
 * Null for an app's own scheme (`capacitor://localhost`), which is no site: phones know an app by
 * its associated domain. So is `https://localhost`, the page of a Capacitor app on Android, unless
 * the gateway itself is on this machine. Null for `*`, which allows every page and names none.
 */
function hostOf(origin: string, { publicUrl }: PageOrigins): string | null {
  if (!/^https?:/.test(origin)) return null;
  const { hostname } = new URL(origin);
  return isLoopback(hostname) && !isLoopback(publicUrl.hostname) ? null : hostname;
}
