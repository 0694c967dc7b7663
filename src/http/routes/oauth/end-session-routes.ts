import * as z from "zod/mini";
import { returnAfterLogOut, returnWithoutHint } from "../../../core/oauth/log-out-request.ts";
import { fail, ok } from "../../../core/result.ts";
import { endByHint } from "../../../flows/oauth/end-by-hint.ts";
import type { PageSession } from "../../../flows/sessions/page-session.ts";
import { sessionCookie, sessionOf, signedOut } from "../../../login/session.ts";
import { keptAskedOut } from "../../../login/steps/asked-out.ts";
import { bodyRoute, type Call, type Route, route } from "../../route.ts";
import { drawnProblem, pageCall } from "../login-routes.ts";
import { isBrowser } from "./oauth-routes.ts";

/** For browsers only: no script may read its answers. */
export const END_SESSION_PATH = "/auth/end-session";

const request = z.object({
  id_token_hint: z.optional(z.string()),
  post_logout_redirect_uri: z.optional(z.string()),
  client_id: z.optional(z.string()),
  state: z.optional(z.string()),
});

type LogOut = z.output<typeof request>;

const DECLARED = {
  path: END_SESSION_PATH,
  tag: "tokens",
  summary: "OpenID Connect RP-Initiated Logout",
  answers: { 303: null, 400: "text/html" },
  problems: ["validation-failed", "rate-limited", "store-unavailable"],
} as const;

export const endSessionRoutes: readonly Route[] = [
  route({ ...DECLARED, method: "GET" }, async (call) => {
    const { searchParams } = new URL(call.url);
    const names = [...searchParams.keys()];
    const [repeated] = names.filter((name, index) => names.indexOf(name) !== index);
    if (repeated !== undefined) return refused(call, repeated, "must stand once");
    const parameters = [...searchParams].filter(([, value]) => value !== "");
    return endSession(call, Object.fromEntries(parameters));
  }),
  bodyRoute({ ...DECLARED, method: "POST", kind: "form-or-json", body: request }, endSession),
];

/**
 * An ID token shows that the log-out is the wish of a client of this customer. Without one, any page
 * could log the customer out by a link, so the login page asks for a click.
 */
async function endSession(call: Call, asked: LogOut) {
  const { gateway } = call;
  const read = pageCall(call);
  const page = await sessionOf(read);
  const hint = await gateway.idTokens.readHint(asked.id_token_hint ?? "");
  if (hint === null) return askAtPage(call, page, asked);
  const back = returnAfterLogOut(gateway.rules.oauth.clients, hint.aud, asked);
  if (!back.ok) return refused(call, back.failure.parameter, back.failure.fault);
  const ended = await endByHint(gateway, hint, page);
  if (!ended.ok) return ended;
  return goTo(back.value ?? SIGNED_OUT, ended.value ? signedOut(read.site) : []);
}

/**
 * The login page's button ends the session, and the customer then returns to the client that the
 * request names. Without a session nothing is to be ended. A form of another site brings no session
 * cookie (`SameSite=Lax`): the redirect to this same endpoint does.
 */
async function askAtPage(call: Call, page: PageSession | null, asked: LogOut) {
  const { gateway, method } = call;
  const back = returnWithoutHint(gateway.rules.oauth.clients, asked);
  if (!back.ok) return refused(call, back.failure.parameter, back.failure.fault);
  const read = pageCall(call);
  if (page === null && method === "POST" && sessionCookie(read) === undefined) {
    const { id_token_hint: _, ...named } = asked;
    const query = new URLSearchParams();
    for (const [name, value = ""] of Object.entries(named)) {
      if (value !== "" && value.length <= MAX_KEPT) query.set(name, value);
    }
    return goTo(`${END_SESSION_PATH}?${query}`);
  }
  if (page === null) return goTo(back.value ?? SIGNED_OUT);
  const { client_id: clientId } = asked;
  if (clientId === undefined) return goTo("/login");
  return goTo("/login", [await keptAskedOut(read, page, { clientId, back: back.value })]);
}

/** Longer than every registered URL and every state that goes back: no header gets too long. */
const MAX_KEPT = 1_000;
const SIGNED_OUT = "/login?reason=out";

const goTo = (location: string, cookies: readonly string[] = []) =>
  ok({ status: 303, headers: { Location: location }, cookies } as const);

/** A person reads a page; a developer's client reads which parameter is wrong. */
async function refused(call: Call, parameter: string, detail: string) {
  if (isBrowser(call)) return drawnProblem(call);
  return fail({
    reason: "validation-failed",
    errors: [{ pointer: `/${parameter}`, detail }],
  } as const);
}
