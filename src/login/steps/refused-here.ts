import { parsedJson } from "../../core/json.ts";
import { seal, unseal } from "../../core/secrets/sealed-text.ts";
import type { PageSession } from "../../flows/sessions/page-session.ts";
import { clearedCookie, cookieFor } from "../cookies.ts";
import { goTo } from "../drawing.ts";
import type { PageCall, PageFailure, PageReply } from "../page-call.ts";
import { type Said, saidOf } from "../said.ts";

const COOKIE = "said";
/** Long enough for a page that loads slowly and is reloaded. */
const LIFE_SECONDS = 2 * 60;

/** The sentence belongs to one session: another session of this browser does not show it. */
const placeOf = ({ session }: PageSession): string => `session/${session.sid}`;

/**
 * The signed-in page again, with the problem of its form. The page that the browser shows is a GET:
 * a reload repeats the sentence and not the form (POST, redirect, GET). The sentence is in a cookie,
 * sealed like a step, and not in the URL, where a link of an attacker could put one.
 */
export async function refusedHere(
  call: PageCall,
  page: PageSession,
  failure: PageFailure,
): Promise<PageReply> {
  const { keyring, runtime } = call.gateway;
  const told = saidOf(failure, call.reference, runtime.now());
  // No code is typed here: the customer of the switch is no longer on the phone.
  const said: Said = told.problem === "codeOver" ? { ...told, problem: "notYours" } : told;
  const nonce = runtime.randomBytes(12);
  const text = JSON.stringify(said);
  const sealed = await seal(keyring, "login-step", placeOf(page), text, nonce);
  const kept = { maxAge: LIFE_SECONDS, sameSite: "Lax" } as const;
  return goTo("/login", [cookieFor(call.site, COOKIE, sealed, kept)], failure);
}

/** The last problem of a form of this session; null: none. */
export async function saidHere(call: PageCall, page: PageSession): Promise<Said | null> {
  const sealed = call.cookie(COOKIE);
  if (sealed === undefined) return null;
  const text = await unseal(call.gateway.keyring, "login-step", placeOf(page), sealed);
  return text === null ? null : ((parsedJson(text) ?? null) as Said | null);
}

/** `Set-Cookie` that ends the sentence, where this browser holds one. */
export const saidNoMore = (call: PageCall): readonly string[] =>
  call.cookie(COOKIE) === undefined ? [] : [clearedCookie(call.site, COOKIE)];
