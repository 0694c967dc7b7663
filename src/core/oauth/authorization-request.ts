import { fail, ok, type Result } from "../result.ts";
import { type AuthorizationError, authorizationResponse } from "./authorization-response.ts";
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
 * Its length in JSON: the page keeps the whole request in a cookie, which browsers bound to 4 KB.
 */
const MAX_STATE = 900;
/** A SHA-256 in base64url. */
const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
/** RFC 6749 appendix A.5 and A.4. */
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
 * `request_uri`, response_type, response_mode, state, the PKCE challenge, scope. The challenge is
 * required, with S256 (RFC 9700 section 2.1.1: no downgrade to `plain` or to none).
 *
 * @param issuer `iss` of the answer (RFC 9207)
 */
export function readAuthorizationRequest(
  clients: readonly OAuthClient[],
  query: URLSearchParams,
  issuer: string,
): Result<AuthorizationRequest, AuthorizationRefusal> {
  const parameters = parametersOf(query);
  const place = readPlace(clients, parameters);
  if (!place.ok) return place;
  const error = faultOf(parameters);
  const shown = parameters.isRepeated("state") ? undefined : parameters.one("state");
  const state = shown !== undefined && isState(shown) ? shown : null;
  const { client, redirectKind, redirectUri } = place.value;
  if (error !== null) {
    const location = authorizationResponse(redirectUri, { error, state, iss: issuer });
    return fail({ kind: "redirected", error, location });
  }
  const asked = (parameters.one("scope") ?? "").split(" ");
  return ok({
    client,
    redirectKind,
    redirectUri,
    state,
    scope: grantedTo(client, asked),
    codeChallenge: parameters.one("code_challenge") ?? "",
  });
}

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

/** The error for the redirect URI, or null for a good request. */
function faultOf({ hasRepeated, one }: Parameters): AuthorizationError | null {
  if (hasRepeated) return "invalid_request";
  if (one("request") !== undefined) return "request_not_supported";
  if (one("request_uri") !== undefined) return "request_uri_not_supported";
  if (one("response_type") === undefined) return "invalid_request";
  if (one("response_type") !== "code") return "unsupported_response_type";
  if ((one("response_mode") ?? "query") !== "query") return "invalid_request";
  const state = one("state");
  if (state !== undefined && !isState(state)) return "invalid_request";
  const isChallenge = CHALLENGE.test(one("code_challenge") ?? "");
  // RFC 7636 section 4.3: an absent method means `plain`.
  if (!isChallenge || one("code_challenge_method") !== "S256") return "invalid_request";
  const scope = one("scope");
  return scope === undefined || SCOPE.test(scope) ? null : "invalid_scope";
}

const isState = (text: string): boolean =>
  STATE.test(text) && JSON.stringify(text).length - 2 <= MAX_STATE;

function parametersOf(query: URLSearchParams): Parameters {
  const given = [...query];
  const names = given.map(([name]) => name);
  return {
    one: (name) => query.get(name) || undefined,
    isRepeated: (name) => query.getAll(name).length > 1,
    hasRepeated: new Set(names).size !== names.length,
  };
}
