import { parse, serialize } from "hono/utils/cookie";
import type { PageCall, PageSite } from "./page-call.ts";

interface Kept {
  readonly maxAge: number;
  readonly sameSite: "Lax" | "Strict";
}

type Place = Pick<PageSite, "publicUrl">;

/**
 * The page's own cookies. `HttpOnly`: no script reads them. `__Host-`: no neighbouring site sets
 * them, and so chooses the sign-in that the customer continues. On http, for development on this
 * machine, browsers refuse that prefix.
 */
const nameAt = ({ publicUrl }: Place, name: string): string =>
  `${publicUrl.isHttps ? "__Host-" : ""}doorstep-${name}`;

export const cookieFor = (site: Place, name: string, value: string, kept: Kept): string =>
  serialize(nameAt(site, name), value, {
    path: "/",
    httpOnly: true,
    secure: site.publicUrl.isHttps,
    ...kept,
  });

export const clearedCookie = (site: Place, name: string): string =>
  cookieFor(site, name, "", { maxAge: 0, sameSite: "Lax" });

/** Reads one of the page's cookies from a `Cookie` header. */
export const cookieIn = (site: Place, header: string | undefined, name: string) =>
  parse(header ?? "", nameAt(site, name))[nameAt(site, name)];

/** The names behind a prefix of all cookies that the browser sent. */
export function cookieNames({ header, site }: PageCall, prefix: string): readonly string[] {
  const whole = nameAt(site, prefix);
  return Object.keys(parse(header("cookie") ?? ""))
    .filter((name) => name.startsWith(whole))
    .map((name) => name.slice(whole.length));
}
