import { parse, serialize } from "hono/utils/cookie";
import { isLoopback } from "../../core/address/loopback.ts";
import type { Origin } from "../../core/address/origin.ts";
import { DEVICE_TTL_MS } from "../../core/sessions/user-record.ts";
import type { Call } from "../route.ts";

/**
 * The device token of the old web app, which cannot be changed: its page keeps no token of ours, so
 * the browser keeps it. `HttpOnly`: no script reads it. `__Host-`: no neighbouring site sets it.
 * `SameSite=Strict`: no other site's page makes the browser send it. The cookie opens its owner's
 * lane at the gateway's own two routes, logs no one in, and never reaches the backend, which gets
 * no cookie at all.
 */
const NAME = "doorstep-device";

type Asked = Pick<Call, "header" | "site">;

/**
 * Whether a page of the gateway's own origin asks. A page of another site can neither send the
 * cookie nor have one set for an attacker's device (login CSRF), which would take the owner's lane
 * away.
 */
export function isOwnPage({ header, site }: Asked): boolean {
  const fetchSite = header("sec-fetch-site");
  return (
    header("origin") === site.publicUrl.text &&
    (fetchSite === undefined || fetchSite === "same-origin") &&
    nameAt(site.publicUrl) !== null
  );
}

export function deviceTokenOf({ header, site }: Asked): string | undefined {
  const name = nameAt(site.publicUrl);
  return name === null ? undefined : parse(header("cookie") ?? "", name)[name];
}

/** `Set-Cookie` for an own page. */
export function deviceCookie(token: string, { publicUrl }: Call["site"]): string {
  const secure = publicUrl.isHttps;
  const maxAge = DEVICE_TTL_MS / 1000;
  const kept = { path: "/", httpOnly: true, secure, sameSite: "Strict", maxAge } as const;
  return serialize(nameAt(publicUrl) ?? NAME, token, kept);
}

/** Null in clear text over a network: an eavesdropper would have the token. */
function nameAt({ hostname, isHttps }: Origin): string | null {
  if (isHttps) return `__Host-${NAME}`;
  return isLoopback(hostname) ? NAME : null;
}
