import { parsedJson } from "../../core/json.ts";
import type { PageSession } from "../../flows/sessions/page-session.ts";
import { goTo } from "../drawing.ts";
import type { PageCall, PageFailure, PageReply } from "../page-call.ts";
import { type Said, saidOf } from "../said.ts";
import { keptNote, type NoteKind, noteNoMore, noteOf } from "./session-note.ts";

/** Long enough for a page that loads slowly and is reloaded. */
const KIND: NoteKind = { cookie: "said", maxAge: 2 * 60 };

/**
 * The signed-in page again, with the problem of its form. The page that the browser shows is a GET:
 * a reload repeats the sentence and not the form (POST, redirect, GET).
 */
export async function refusedHere(
  call: PageCall,
  page: PageSession,
  failure: PageFailure,
): Promise<PageReply> {
  const told = saidOf(failure, call.reference, call.gateway.runtime.now());
  // No code is typed here: the customer of the switch is no longer on the phone.
  const said: Said = told.problem === "codeOver" ? { ...told, problem: "notYours" } : told;
  return goTo("/login", [await keptNote(call, KIND, page, JSON.stringify(said))], failure);
}

/** The last problem of a form of this session; null: none. */
export async function saidHere(call: PageCall, page: PageSession): Promise<Said | null> {
  const text = await noteOf(call, KIND, page);
  return text === null ? null : ((parsedJson(text) ?? null) as Said | null);
}

export const saidNoMore = (call: PageCall): readonly string[] => noteNoMore(call, KIND);
