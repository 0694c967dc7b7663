import { seal, unseal } from "../../core/secrets/sealed-text.ts";
import type { PageSession } from "../../flows/sessions/page-session.ts";
import { clearedCookie, cookieFor } from "../cookies.ts";
import type { PageCall } from "../page-call.ts";

const COOKIE = "back";
/** Time to read the page and to click "Sign out". */
const LIFE_SECONDS = 10 * 60;

/** The way back belongs to one session: a log-out of another login does not follow it. */
const placeOf = ({ session }: PageSession): string => `back/${session.sid}`;

/**
 * `Set-Cookie` with the URL of the app that sent the customer here to sign out. Sealed, and not in
 * the page's address: there an attacker could write any URL.
 *
 * @param location a registered URL of a client
 */
export async function keptWayBack(
  { gateway, site }: Pick<PageCall, "gateway" | "site">,
  page: PageSession,
  location: string,
): Promise<string> {
  const { keyring, runtime } = gateway;
  const nonce = runtime.randomBytes(12);
  const sealed = await seal(keyring, "login-step", placeOf(page), location, nonce);
  return cookieFor(site, COOKIE, sealed, { maxAge: LIFE_SECONDS, sameSite: "Lax" });
}

/** The app's URL for after the log-out; null: no app waits. */
export async function wayBack(call: PageCall, page: PageSession): Promise<string | null> {
  const sealed = call.cookie(COOKIE);
  if (sealed === undefined) return null;
  return unseal(call.gateway.keyring, "login-step", placeOf(page), sealed);
}

/** `Set-Cookie` that forgets the app, where this browser holds one. */
export const wayBackNoMore = (call: PageCall): readonly string[] =>
  call.cookie(COOKIE) === undefined ? [] : [clearedCookie(call.site, COOKIE)];
