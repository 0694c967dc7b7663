import { parsedJson } from "../../core/json.ts";
import { findClient } from "../../core/oauth/client.ts";
import type { PageSession } from "../../flows/sessions/page-session.ts";
import type { PageCall } from "../page-call.ts";
import { keptNote, type NoteKind, noteNoMore, noteOf } from "./session-note.ts";

/** Time to read the page and to click "Sign out". */
const KIND: NoteKind = { cookie: "back", maxAge: 10 * 60 };

/** A client asks for a log-out; the customer has not yet clicked. */
export interface AskedOut {
  readonly clientId: string;
  /** A registered URL of the client, for afterwards; null: the request names none. */
  readonly back: string | null;
}

/** `Set-Cookie` with the app that sent the customer here to sign out. */
export const keptAskedOut = (
  call: Pick<PageCall, "gateway" | "site">,
  page: PageSession,
  asked: AskedOut,
): Promise<string> => keptNote(call, KIND, page, JSON.stringify(asked));

/** The app that waits for the log-out, with its name; null: none. */
export async function askedOut(
  call: PageCall,
  page: PageSession,
): Promise<(AskedOut & { readonly app: string }) | null> {
  const asked = parsedJson((await noteOf(call, KIND, page)) ?? "") as AskedOut | undefined;
  if (!asked) return null;
  const client = findClient(call.gateway.rules.oauth.clients, asked.clientId);
  return client === undefined ? null : { ...asked, app: client.name };
}

export const askedOutNoMore = (call: PageCall): readonly string[] => noteNoMore(call, KIND);
