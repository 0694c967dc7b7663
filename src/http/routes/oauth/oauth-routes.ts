import { MAX_HINT } from "../../../core/oauth/authorization-request.ts";
import { fail, ok } from "../../../core/result.ts";
import {
  type BegunAuthorization,
  beginAuthorization,
  heedHint,
  hintForAddress,
} from "../../../flows/oauth/begin-authorization.ts";
import {
  completeAuthorization,
  declineAuthorization,
} from "../../../flows/oauth/complete-authorization.ts";
import { openedHint, sealedHint } from "../../../flows/oauth/hint-for-address.ts";
import { sessionCookie, sessionOf } from "../../../login/session.ts";
import { readText } from "../../middleware/request-body.ts";
import { type Call, type Route, route } from "../../route.ts";
import { drawnProblem, pageCall } from "../login-routes.ts";

/** For browsers only: no script may read its answers (RFC 9700 section 2.6). */
export const AUTHORIZE_PATH = "/auth/authorize";
/** The page for the login and the confirmation. */
const LOGIN_PAGE = "/login";

/** A longer request line would not be read (`--max-http-header-size`, 16 KiB). */
const MAX_QUERY = 6_000;

const DECLARED = {
  path: AUTHORIZE_PATH,
  tag: "tokens",
  summary: "RFC 6749 authorization endpoint: code with PKCE, by the login page",
  answers: { 303: null, 400: "text/html" },
  problems: ["validation-failed", "rate-limited", "store-unavailable"],
} as const;

export const oauthRoutes: readonly Route[] = [
  route({ ...DECLARED, method: "GET" }, (call) => begin(call, new URL(call.url).searchParams)),
  // OpenID Connect Core section 3.1.2.1. Read as text: a parameter that stands twice is told.
  route(
    {
      ...DECLARED,
      method: "POST",
      problems: [
        ...DECLARED.problems,
        ...(["payload-too-large", "request-malformed", "request-timeout"] as const),
      ],
    },
    async (call) => {
      const form = await readText(call);
      if (!form.ok) return form;
      const query = new URLSearchParams(form.value);
      // A form of another site brings no session cookie (`SameSite=Lax`); the redirect brings it.
      const isBare = sessionCookie(pageCall(call)) === undefined;
      if (!isBare || form.value.length > MAX_QUERY) return begin(call, query);
      const address = String(await addressFor(call, query));
      return address.length <= MAX_QUERY
        ? goTo(`${AUTHORIZE_PATH}?${address}`)
        : begin(call, query);
    },
  ),
];

/** The request as an address, without an ID token and a phone. A repeated parameter stays one. */
async function addressFor({ gateway }: Call, query: URLSearchParams): Promise<URLSearchParams> {
  const shown: string[][] = [];
  for (const [name, value] of query) {
    const isHint = name === "id_token_hint" || name === "login_hint";
    if (!isHint || value === "") shown.push([name, value]);
    else if (query.getAll(name).length > 1) shown.push([name, ""]);
    else if (name === "id_token_hint") shown.push([name, await hintForAddress(gateway, value)]);
    else shown.push([name, await sealedHint(gateway, name, value.slice(0, MAX_HINT))]);
  }
  return new URLSearchParams(shown);
}

/** The phone that `addressFor` sealed. */
async function withHint({ gateway }: Call, query: URLSearchParams): Promise<URLSearchParams> {
  const [hint = "", ...more] = query.getAll("login_hint");
  const opened = more.length > 0 ? null : await openedHint(gateway, "login_hint", hint);
  const read = new URLSearchParams(query);
  if (opened !== null) read.set("login_hint", opened);
  return read;
}

async function begin(call: Call, query: URLSearchParams) {
  const { gateway, site } = call;
  const begun = await beginAuthorization(gateway, site.issuer, await withHint(call, query));
  if (begun.ok) return proceed(call, begun.value);
  const refusal = begun.failure;
  if (refusal.kind === "redirected") return goTo(refusal.location);
  if (isBrowser(call)) return drawnProblem(call);
  const errors = [{ pointer: `/${refusal.parameter}`, detail: refusal.fault }];
  return fail({ reason: "validation-failed", errors } as const);
}

/** To the app at once, where the customer is signed in and nothing is to be asked; else to the page. */
async function proceed(call: Call, begun: BegunAuthorization) {
  const { gateway, site } = call;
  const isAsked = !begun.needsConfirmation || begun.idTokenHint !== null;
  const page = isAsked ? await sessionOf(pageCall(call)) : null;
  const pending = page === null ? begun : await heedHint(gateway, begun, page);
  const { handle, isSilent, loginHint, needsConfirmation, uiLocales } = pending;
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
  if (loginHint !== null) {
    query.set("login_hint", await sealedHint(gateway, "login_hint", loginHint));
  }
  if (uiLocales.length > 0) query.set("ui_locales", uiLocales.join(" "));
  return goTo(`${LOGIN_PAGE}?${query}`);
}

/** RFC 9700 section 4.12: after a 303 no browser repeats a form. */
const goTo = (location: string) => ok({ status: 303, headers: { Location: location } } as const);

/** A person reads a page; a developer's client reads which parameter is wrong. */
export const isBrowser = ({ header }: Call): boolean =>
  (header("accept") ?? "").includes("text/html");
