import { DoorstepError, type RedirectProblem } from "./doorstep-error.ts";
import { postToGateway } from "./post-to-gateway.ts";
import type { TokenAnswer } from "./token-set.ts";

/** The redirect flow's part of the options. */
export interface RedirectClient {
  /** The client's name in OAUTH_CLIENTS. */
  readonly clientId: string;
  /** A redirect URI of that client. */
  readonly redirectUri: string;
  /** `openid profile phone`, say; none: tokens without an ID token. */
  readonly scope: string;
  /** JWT_ISSUER. */
  readonly issuer: string;
  /** Goes to an address. */
  readonly open: (address: string) => unknown;
}

/** What a tab keeps between its way to the login page and back. */
interface Flow {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly returnTo: string;
}

/**
 * The way to the login page: code flow with PKCE S256 (RFC 7636), `state` and `nonce`. They are kept
 * in this tab alone, so that no other tab and no other site can finish the sign-in.
 *
 * @param key of the value in sessionStorage; a second sign-in of the tab replaces the first
 * @returns the address of the page
 */
export async function beginRedirect(
  url: string,
  key: string,
  { clientId, redirectUri, scope }: RedirectClient,
  returnTo: string,
  more: Readonly<Record<string, string>>,
): Promise<string> {
  const flow: Flow = { state: random(), nonce: random(), verifier: random(), returnTo };
  const { nonce, state, verifier } = flow;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const asked = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    scope,
    state,
    nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...more,
  };
  // By way of JSON: an option that is undefined is none.
  const query = new URLSearchParams(JSON.parse(JSON.stringify(asked)));
  sessionStorage.setItem(key, JSON.stringify(flow));
  return `${url}/auth/authorize?${query}`;
}

/**
 * The way back. Checked, in this order: `state` is of this tab's last sign-in (login CSRF), `iss` is
 * the gateway (mix-up, RFC 9207), no error; then the code is exchanged, and the ID token names this
 * nonce, issuer and client. The ID token comes from the gateway by TLS, so its signature adds nothing
 * (OpenID Connect Core section 3.1.3.7).
 */
export async function endRedirect(
  url: string,
  key: string,
  { clientId, issuer, redirectUri, scope }: RedirectClient,
  answered: URLSearchParams,
): Promise<{ readonly answer: TokenAnswer; readonly returnTo: string }> {
  const flow: Flow = JSON.parse(sessionStorage.getItem(key) || "{}");
  const { nonce, returnTo, state, verifier } = flow;
  if (answered.get("state") !== state) throw new DoorstepError("state-mismatch");
  sessionStorage.removeItem(key);
  if (answered.get("iss") !== issuer) throw new DoorstepError("issuer-mismatch");
  const [error, code] = [answered.get("error"), answered.get("code")];
  if (error || !code) throw new DoorstepError((error || "invalid_request") as RedirectProblem);
  const answer = await postToGateway<TokenAnswer>(
    `${url}/auth/token`,
    {
      grant_type: "authorization_code",
      code,
      redirect_uri: redirectUri,
      client_id: clientId,
      code_verifier: verifier,
    },
    "form",
  );
  const claims = claimsOf(answer.id_token);
  const isMeant = claims.nonce === nonce && claims.iss === issuer && claims.aud === clientId;
  if (scope.split(" ").includes("openid") && !isMeant) throw new DoorstepError("id-token-mismatch");
  return { answer, returnTo };
}

/**
 * An address to return to, whole. It often comes from the page's own query, where anyone can write:
 * only this origin is allowed. The whole text is compared: `//host`, `\\host`, `javascript:` and
 * `blob:` are other places, or none.
 */
export function ownAddress(returnTo: string): string {
  try {
    const { href } = new URL(returnTo, location.href);
    if (href.startsWith(`${location.origin}/`)) return href;
  } catch {}
  throw new DoorstepError("foreign-address");
}

interface IdTokenClaims {
  readonly nonce?: string;
  readonly iss?: string;
  readonly aud?: string;
}

function claimsOf(idToken = ""): IdTokenClaims {
  try {
    const [, payload = ""] = idToken.split(".");
    return JSON.parse(atob(payload.replace(/-/g, "+").replace(/_/g, "/")));
  } catch {
    return {};
  }
}

const random = (): string => base64url(crypto.getRandomValues(new Uint8Array(32)));

const base64url = (bytes: Uint8Array): string =>
  btoa(String.fromCharCode(...bytes))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=/g, "");
