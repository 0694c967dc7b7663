import { findClient } from "../../core/oauth/client.ts";
import { type PersonClaims, personClaims } from "../../core/oauth/person-claims.ts";
import type { Session } from "../../core/sessions/user-record.ts";
import type { Gateway } from "../gateway.ts";
import type { ConfirmedLink } from "./confirm-link.ts";
import type { TokenSet } from "./issue-tokens.ts";

export type IdTokenPorts = Pick<Gateway, "idTokens" | "keyring" | "rules">;

/**
 * Adds an ID token to the tokens of a client with the scope `openid`.
 *
 * @param nonce of the authorization request; null at a refresh (OpenID Connect Core section 12.2)
 */
export async function withIdToken(
  gateway: IdTokenPorts,
  session: Session,
  tokens: TokenSet,
  link: ConfirmedLink,
  nonce: string | null,
): Promise<TokenSet> {
  const { amr, authenticatedAt, clientId, scope = [], sid } = session;
  const client = findClient(gateway.rules.oauth.clients, clientId);
  if (client === undefined || !scope.includes("openid")) return tokens;
  const claims = {
    ...(await claimsAbout(gateway, session, link)),
    aud: clientId,
    sid,
    auth_time: Math.floor(authenticatedAt / 1000),
    amr,
    nonce,
  };
  const idToken = await gateway.idTokens.issue(claims, client.idTokenAlg, tokens.accessToken);
  return { ...tokens, idToken };
}

/** The claims about the person behind a session, by its scopes. */
export async function claimsAbout(
  { keyring }: Pick<Gateway, "keyring">,
  { phoneKey, scope = [] }: Session,
  link: ConfirmedLink,
): Promise<PersonClaims> {
  const { phone } = link.customer;
  const isProven = phone !== null && (await keyring.phoneKey(phone)) === phoneKey;
  return personClaims(scope, link, isProven);
}
