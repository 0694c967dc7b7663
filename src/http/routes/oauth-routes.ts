import { fail, ok } from "../../core/result.ts";
import { beginAuthorization } from "../../flows/oauth/begin-authorization.ts";
import {
  completeAuthorization,
  declineAuthorization,
} from "../../flows/oauth/complete-authorization.ts";
import { sessionOf } from "../../login/session.ts";
import { type Call, type Route, route } from "../route.ts";
import { drawnProblem, pageCall } from "./login-routes.ts";

/** For browsers only: no script may read its answers (RFC 9700 section 2.6). */
export const AUTHORIZE_PATH = "/auth/authorize";
/** The page for the login and the confirmation. */
const LOGIN_PAGE = "/login";

export const oauthRoutes: readonly Route[] = [
  route(
    {
      method: "GET",
      path: AUTHORIZE_PATH,
      tag: "tokens",
      summary: "RFC 6749 authorization endpoint: code with PKCE, by the login page",
      answers: { 303: null, 400: "text/html" },
      problems: ["validation-failed", "rate-limited", "store-unavailable"],
    },
    async (call) => {
      const { gateway, request, site } = call;
      const { searchParams } = new URL(request.url);
      const begun = await beginAuthorization(gateway, site.issuer, searchParams);
      if (!begun.ok) {
        const refusal = begun.failure;
        if (refusal.kind === "redirected") return goTo(refusal.location);
        if (isBrowser(call)) return drawnProblem(call);
        const errors = [{ pointer: `/${refusal.parameter}`, detail: refusal.fault }];
        return fail({ reason: "validation-failed", errors });
      }
      return proceed(call, begun.value);
    },
  ),
];

type Begun = Extract<Awaited<ReturnType<typeof beginAuthorization>>, { ok: true }>["value"];

/** To the app at once, where the customer is signed in and nothing is to be asked; else to the page. */
async function proceed(call: Call, pending: Begun) {
  const { gateway, site } = call;
  const { handle, isSilent, loginHint, needsConfirmation, uiLocales } = pending;
  const page = needsConfirmation ? null : await sessionOf(pageCall(call));
  if (page !== null) {
    const done = await completeAuthorization(gateway, site.issuer, pending, page, false);
    if (done.ok) return goTo(done.value);
    if (done.failure.reason === "rate-limited") return fail(done.failure);
  }
  if (isSilent) {
    const error = needsConfirmation ? "interaction_required" : "login_required";
    return goTo(declineAuthorization(site.issuer, pending, error));
  }
  const query = new URLSearchParams({ authorization: handle });
  if (loginHint !== null) query.set("login_hint", loginHint);
  if (uiLocales.length > 0) query.set("ui_locales", uiLocales.join(" "));
  return goTo(`${LOGIN_PAGE}?${query}`);
}

/** RFC 9700 section 4.12: after a 303 no browser repeats a form. */
const goTo = (location: string) => ok({ status: 303, headers: { Location: location } } as const);

/** A person reads a page; a developer's client reads which parameter is wrong. */
export const isBrowser = ({ header }: Call): boolean =>
  (header("accept") ?? "").includes("text/html");
