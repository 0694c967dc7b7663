import { isLoopback } from "../address/loopback.ts";
import type { Origin } from "../address/origin.ts";

const NAME = "doorstep";

/** As `serialize` of hono/utils/cookie takes them. */
export interface PageCookieOptions {
  readonly path: "/";
  readonly httpOnly: true;
  readonly secure: boolean;
  readonly sameSite: "Lax";
  readonly maxAge: number;
}

/**
 * The name of the login page's cookie. `__Host-`: no neighbouring site and no plain-http answer can
 * set it. Browsers keep no such cookie on http, so development on loopback has no prefix.
 *
 * @returns null for plain http over a network: a listener would have the session
 */
export function pageCookieName({ hostname, isHttps }: Origin): string | null {
  if (isHttps) return `__Host-${NAME}`;
  return isLoopback(hostname) ? NAME : null;
}

/**
 * `HttpOnly`: no script reads the cookie. `SameSite=Lax`: a link of an app sends it; a form, an image
 * or a frame of another site does not.
 *
 * @param maxAgeSeconds 0 removes the cookie
 */
export const pageCookieOptions = (
  { isHttps }: Origin,
  maxAgeSeconds: number,
): PageCookieOptions => ({
  path: "/",
  httpOnly: true,
  secure: isHttps,
  sameSite: "Lax",
  maxAge: maxAgeSeconds,
});
