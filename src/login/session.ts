import { parse, serialize } from "hono/utils/cookie";
import { pageCookieName, pageCookieOptions } from "../core/sessions/page-cookie.ts";
import type { PageLogin } from "../flows/login/open-page-session.ts";
import { type PageSession, readPageSession } from "../flows/sessions/page-session.ts";
import { forgottenChoice, keptChoice } from "./choice-cookie.ts";
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
  { choice, cookie, maxAgeSeconds }: Pick<PageLogin, "choice" | "cookie" | "maxAgeSeconds">,
): readonly string[] => [
  ...setCookie(site, cookie, maxAgeSeconds),
  ...keptChoice(site, choice, maxAgeSeconds),
];

/** `Set-Cookie` that removes the session from the browser. */
export const closedSession = (site: PageSite): readonly string[] => setCookie(site, "", 0);

/** The same after a log-out, which takes the choice back too. */
export const signedOut = (site: PageSite): readonly string[] => [
  ...closedSession(site),
  forgottenChoice(site),
];

function setCookie({ publicUrl }: PageSite, value: string, maxAge: number): readonly string[] {
  const name = pageCookieName(publicUrl);
  return name === null ? [] : [serialize(name, value, pageCookieOptions(publicUrl, maxAge))];
}
