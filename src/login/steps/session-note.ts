import { seal, unseal } from "../../core/secrets/sealed-text.ts";
import type { PageSession } from "../../flows/sessions/page-session.ts";
import { clearedCookie, cookieFor } from "../cookies.ts";
import type { PageCall } from "../page-call.ts";

/** A cookie with a note of its own kind, and how long the browser keeps it. */
export interface NoteKind {
  readonly cookie: string;
  readonly maxAge: number;
}

/** A note belongs to one session: another session of this browser does not read it. */
const placeOf = ({ cookie }: NoteKind, { session }: PageSession): string =>
  `${cookie}/${session.sid}`;

/**
 * `Set-Cookie` with a note for the signed-in page. Sealed, and not in the page's address: there a
 * link of an attacker could put any text.
 */
export async function keptNote(
  { gateway, site }: Pick<PageCall, "gateway" | "site">,
  kind: NoteKind,
  page: PageSession,
  text: string,
): Promise<string> {
  const { keyring, runtime } = gateway;
  const nonce = runtime.randomBytes(12);
  const sealed = await seal(keyring, "login-step", placeOf(kind, page), text, nonce);
  return cookieFor(site, kind.cookie, sealed, { maxAge: kind.maxAge, sameSite: "Lax" });
}

/** The note of this kind for this session; null: none. */
export async function noteOf(
  call: PageCall,
  kind: NoteKind,
  page: PageSession,
): Promise<string | null> {
  const sealed = call.cookie(kind.cookie);
  if (sealed === undefined) return null;
  return unseal(call.gateway.keyring, "login-step", placeOf(kind, page), sealed);
}

/** `Set-Cookie` that ends the note, where this browser holds one. */
export const noteNoMore = (call: PageCall, { cookie }: NoteKind): readonly string[] =>
  call.cookie(cookie) === undefined ? [] : [clearedCookie(call.site, cookie)];
