import { parse, serialize } from "hono/utils/cookie";
import { pageCookieName, pageCookieOptions } from "../core/sessions/page-cookie.ts";
import type { PageLogin } from "../flows/login/open-page-session.ts";
import { type PageSession, readPageSession } from "../flows/sessions/page-session.ts";
import type { PageCall, PageSite } from "./page-call.ts";

/** The session cookie that the browser sent. */
export function sessionCookie({ header, site }: PageCall): string | undefined {
  const name = pageCookieName(site.publicUrl);
  return name === null ? undefined : parse(header("cookie") ?? "", name)[name];
}

/** The signed-in session; null: there is none. */
export const sessionOf = (call: PageCall): Promise<PageSession | null> =>
  readPageSession(call.gateway, sessionCookie(call));

/** `Set-Cookie` of a login; none in clear text over a network. */
export const openedSession = (
  site: PageSite,
  { cookie, maxAgeSeconds }: Pick<PageLogin, "cookie" | "maxAgeSeconds">,
): readonly string[] => setCookie(site, cookie, maxAgeSeconds);

/** `Set-Cookie` that removes the session from the browser. */
export const closedSession = (site: PageSite): readonly string[] => setCookie(site, "", 0);

function setCookie({ publicUrl }: PageSite, value: string, maxAge: number): readonly string[] {
  const name = pageCookieName(publicUrl);
  return name === null ? [] : [serialize(name, value, pageCookieOptions(publicUrl, maxAge))];
}
