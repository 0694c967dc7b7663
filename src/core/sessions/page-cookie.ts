import { isLoopback } from "../loopback.ts";

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
 * The cookie of the login page's session. `__Host-`: no neighbouring site and no plain-http answer
 * sets it. A browser has no such cookie on http, so development on loopback goes without the prefix.
 *
 * @returns null in clear text over a network: whoever listens would have the session
 */
export function pageCookieName(publicUrl: string): string | null {
  const { hostname, protocol } = new URL(publicUrl);
  if (protocol === "https:") return `__Host-${NAME}`;
  return isLoopback(hostname) ? NAME : null;
}

/**
 * `HttpOnly`: no script reads it. `SameSite=Lax`: a link of an app brings the customer in signed in;
 * no form, image or frame of another site does.
 *
 * @param maxAgeSeconds 0 takes the cookie away
 */
export const pageCookieOptions = (publicUrl: string, maxAgeSeconds: number): PageCookieOptions => ({
  path: "/",
  httpOnly: true,
  secure: publicUrl.startsWith("https:"),
  sameSite: "Lax",
  maxAge: maxAgeSeconds,
});
