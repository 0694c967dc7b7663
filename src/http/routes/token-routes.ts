import { SCOPES } from "../../core/oauth/client.ts";
import { ok } from "../../core/result.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { bodyRoute, type Route, route, type Site } from "../route.ts";
import { tokenSet } from "./present.ts";
import { jwksShape, metadataShape, tokensShape } from "./shapes.ts";
import { GRANT_PROBLEMS, GRANT_TYPES, grantTokens, tokenRequest } from "./token-grants.ts";

export const tokenRoutes: readonly Route[] = [
  bodyRoute(
    {
      method: "POST",
      path: "/auth/token",
      tag: "tokens",
      summary: "RFC 6749 token endpoint: the authorization code and refresh grants",
      errors: "oauth",
      kind: "form-or-json",
      body: tokenRequest,
      answers: { 200: tokensShape },
      problems: [...GRANT_PROBLEMS, "store-unavailable"],
    },
    async (call, body) => {
      const tokens = await grantTokens(call, body);
      return tokens.ok ? ok({ status: 200, json: tokenSet(tokens.value) }) : tokens;
    },
  ),
  route(
    {
      method: "GET",
      path: "/.well-known/jwks.json",
      tag: "tokens",
      summary: "RFC 7517 public keys of the access tokens",
      cache: "public, max-age=300",
      answers: { 200: jwksShape },
    },
    async ({ gateway }) => ok({ status: 200, json: { keys: [...gateway.tokens.jwks().keys] } }),
  ),
  route(
    {
      method: "GET",
      path: "/.well-known/oauth-authorization-server",
      tag: "tokens",
      summary: "RFC 8414 metadata: only what exists",
      cache: "public, max-age=300",
      answers: { 200: metadataShape },
    },
    async ({ gateway, site }) => ok({ status: 200, json: metadataOf(gateway, site) }),
  ),
];

function metadataOf({ rules }: Gateway, { issuer, publicUrl }: Site) {
  const always = {
    issuer,
    token_endpoint: `${publicUrl}/auth/token`,
    jwks_uri: `${publicUrl}/.well-known/jwks.json`,
    token_endpoint_auth_methods_supported: ["none"],
  };
  if (rules.oauth.clients.length === 0) {
    return { ...always, response_types_supported: [], grant_types_supported: ["refresh_token"] };
  }
  return {
    ...always,
    authorization_endpoint: `${publicUrl}/auth/authorize`,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: [...GRANT_TYPES],
    scopes_supported: [...SCOPES],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
  };
}
