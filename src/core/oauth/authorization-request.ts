import { fail, ok, type Result } from "../result.ts";
import {
  type AuthorizationError,
  type AuthorizationFault,
  authorizationResponse,
} from "./authorization-response.ts";
import { findClient, type OAuthClient, registeredRedirect, SCOPES } from "./client.ts";
import type { RedirectKind } from "./redirect-uri.ts";

/** A valid request to the authorization endpoint (RFC 6749 section 4.1.1). */
export interface AuthorizationRequest {
  readonly client: OAuthClient;
  /** As the request spells it; a loopback address has the port of the request. */
  readonly redirectUri: string;
  readonly redirectKind: RedirectKind;
  readonly state: string | null;
  /** The scopes that will be granted. */
  readonly scope: readonly string[];
  /** SHA-256 of the client's verifier in base64url. */
  readonly codeChallenge: string;
  /** Goes into the ID token; null: none. */
  readonly nonce: string | null;
  /** Epoch ms before which a login is too old (`max_age`, `prompt`); null: any will do. */
  readonly since: number | null;
  /** `prompt=consent`: the customer is asked before the client gets a code, each time. */
  readonly wantsConsent: boolean;
}

/** A request, with the wishes that matter only at its beginning. */
export interface AskedAuthorization extends AuthorizationRequest {
  /** `prompt=none`: an answer without any page, or an error. */
  readonly isSilent: boolean;
  /** A phone for the page's field, as the client spells it; null: none. */
  readonly loginHint: string | null;
  /** An ID token of the person whom the client means; null: none. */
  readonly idTokenHint: string | null;
  /** Languages by preference, in BCP 47; empty: none. */
  readonly uiLocales: readonly string[];
}

/**
 * Why a request is refused. `shown`: the person at the browser reads it. The redirect URI is not
 * known to be the client's, and a redirect there would make the gateway an open redirector.
 */
export type AuthorizationRefusal =
  | {
      readonly kind: "shown";
      readonly parameter: "client_id" | "redirect_uri";
      /** The end of a sentence that begins with the parameter's name. */
      readonly fault: string;
    }
  | {
      readonly kind: "redirected";
      readonly error: AuthorizationError;
      readonly location: string;
    };

/**
 * `state` and `nonce` together, in JSON: the page keeps the whole request in a cookie, which browsers
 * bound to 4 KB.
 */
const MAX_KEPT = 900;
/** Longer than any phone, in any spelling. */
export const MAX_HINT = 64;
const MAX_AGE = /^\d{1,9}$/;
const PROMPTS = /^(?:(?:login|consent|select_account)(?: |$))+$/;
/** A SHA-256 in base64url. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
/** RFC 6749 appendix A.5 and A.4. A nonce has the characters of a state. */
const STATE = /^[\x20-\x7e]+$/;
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/;

/** Parameters of a request; one without a value counts as left out (RFC 6749 section 3.1). */
type Parameters = Readonly<{
  one(name: string): string | undefined;
  isRepeated(name: string): boolean;
  readonly hasRepeated: boolean;
}>;

/**
 * Reads a request to the authorization endpoint. It checks client_id and redirect_uri first; their
 * errors are shown. The errors of these go to the redirect URI: repeated parameters, `request` and
 * `request_uri`, response_type, response_mode, state, nonce, the PKCE challenge, scope, prompt,
 * max_age. The challenge is required, with S256 (RFC 9700 section 2.1.1: no downgrade to `plain` or
 * to none).
 *
 * @param issuer `iss` of the answer (RFC 9207)
 * @param now epoch ms
 */
export function readAuthorizationRequest(
  clients: readonly OAuthClient[],
  query: URLSearchParams,
  issuer: string,
  now: number,
): Result<AskedAuthorization, AuthorizationRefusal> {
  const parameters = parametersOf(query);
  const { isRepeated, one } = parameters;
  const place = readPlace(clients, parameters);
  if (!place.ok) return place;
  const wrong = faultOf(parameters);
  const shown = isRepeated("state") ? undefined : one("state");
  const state = shown !== undefined && fitsCookie(shown) ? shown : null;
  const { client, redirectKind, redirectUri } = place.value;
  if (wrong !== null) {
    const location = authorizationResponse(redirectUri, { ...wrong, state, iss: issuer });
    return fail({ kind: "redirected", error: wrong.error, location });
  }
  return ok({
    client,
    redirectKind,
    redirectUri,
    state,
    scope: grantedTo(client, wordsOf(one("scope"))),
    codeChallenge: one("code_challenge") ?? "",
    nonce: one("nonce") ?? null,
    since: sinceOf(parameters, now),
    wantsConsent: promptsIn(parameters).includes("consent"),
    isSilent: one("prompt") === "none",
    loginHint: one("login_hint")?.slice(0, MAX_HINT) ?? null,
    idTokenHint: one("id_token_hint") ?? null,
    uiLocales: wordsOf(one("ui_locales")?.slice(0, MAX_HINT)),
  });
}

const wordsOf = (text = ""): readonly string[] => text.split(" ").filter((word) => word !== "");

const promptsIn = ({ one }: Parameters): readonly string[] => wordsOf(one("prompt"));

/**
 * `prompt=login` and `max_age=0` both want a login that begins now. So does `select_account`: the
 * phone that the customer types is the account.
 */
function sinceOf(parameters: Parameters, now: number): number | null {
  const prompts = promptsIn(parameters);
  if (prompts.includes("login") || prompts.includes("select_account")) return now;
  const maxAge = parameters.one("max_age");
  return maxAge === undefined ? null : now - Number(maxAge) * 1000;
}

/** Whether a login is new enough for the request. */
export const isNewEnough = (
  { since }: Pick<AuthorizationRequest, "since">,
  { authenticatedAt }: { readonly authenticatedAt: number },
): boolean => since === null || authenticatedAt >= since;

/**
 * Unknown scopes, and scopes that the client may not have, are dropped; the token response names the
 * rest. `offline_access` is granted always, because a refresh token is always issued.
 */
const grantedTo = ({ scope }: OAuthClient, asked: readonly string[]): readonly string[] =>
  SCOPES.filter(
    (name) => name === "offline_access" || (asked.includes(name) && scope.includes(name)),
  );

type Place = Pick<AuthorizationRequest, "client" | "redirectKind" | "redirectUri">;
type Shown = Extract<AuthorizationRefusal, { kind: "shown" }>;

/** The client, and the address of the answer. */
function readPlace(
  clients: readonly OAuthClient[],
  { isRepeated, one }: Parameters,
): Result<Place, Shown> {
  const shown = (parameter: Shown["parameter"], fault: string) =>
    fail({ kind: "shown", parameter, fault } as const);
  if (isRepeated("client_id")) return shown("client_id", "must stand once");
  const client = findClient(clients, one("client_id") ?? "");
  if (client === undefined) return shown("client_id", "must name a registered client");
  if (isRepeated("redirect_uri")) return shown("redirect_uri", "must stand once");
  const redirectUri = one("redirect_uri") ?? "";
  const registered = registeredRedirect(client, redirectUri);
  if (registered === undefined) {
    return shown("redirect_uri", "must be one that is registered for the client, letter by letter");
  }
  return ok({ client, redirectUri, redirectKind: registered.kind });
}

const fault = (error: AuthorizationError, parameter: string): AuthorizationFault => ({
  error,
  error_description: parameter,
});

/** The error for the redirect URI, or null for a good request. */
function faultOf({ hasRepeated, one }: Parameters): AuthorizationFault | null {
  if (hasRepeated) return fault("invalid_request", "a parameter stands twice");
  if (one("request") !== undefined) return fault("request_not_supported", "request");
  if (one("request_uri") !== undefined) return fault("request_uri_not_supported", "request_uri");
  const type = one("response_type");
  if (type !== "code") {
    const error = type === undefined ? "invalid_request" : "unsupported_response_type";
    return fault(error, "response_type");
  }
  const [wrong] = Object.keys(CHECKS).filter((name) => !CHECKS[name]?.(one(name)));
  if (wrong !== undefined) return fault(ERRORS[wrong] ?? "invalid_request", wrong);
  const kept = `${one("state") ?? ""}${one("nonce") ?? ""}`;
  return kept === "" || fitsCookie(kept) ? null : fault("invalid_request", "state and nonce");
}

type Check = (value: string | undefined) => boolean;

const optional =
  (fits: (value: string) => boolean): Check =>
  (value) =>
    value === undefined || fits(value);

/** In the order in which they are told. */
const CHECKS: Readonly<Record<string, Check>> = {
  response_mode: optional((mode) => mode === "query"),
  state: optional((state) => fitsCookie(state)),
  nonce: optional((nonce) => fitsCookie(nonce)),
  code_challenge: (challenge) => CHALLENGE.test(challenge ?? ""),
  // RFC 7636 section 4.3: an absent method means `plain`.
  code_challenge_method: (method) => method === "S256",
  scope: optional((scope) => SCOPE.test(scope)),
  // OpenID Connect Core section 3.1.2.1: `none` stands alone.
  prompt: optional((prompt) => prompt === "none" || PROMPTS.test(prompt)),
  max_age: optional((age) => MAX_AGE.test(age)),
};

const ERRORS: Readonly<Record<string, AuthorizationError>> = { scope: "invalid_scope" };

const fitsCookie = (text: string): boolean =>
  STATE.test(text) && JSON.stringify(text).length - 2 <= MAX_KEPT;

function parametersOf(query: URLSearchParams): Parameters {
  const given = [...query];
  const names = given.map(([name]) => name);
  return {
    one: (name) => query.get(name) || undefined,
    isRepeated: (name) => query.getAll(name).length > 1,
    hasRepeated: new Set(names).size !== names.length,
  };
}
