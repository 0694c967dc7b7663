import { ok } from "../../../core/result.ts";
import { bodyRoute, type Route, route } from "../../route.ts";
import { tokenSet } from "../present.ts";
import { jwksShape, metadataShape, tokensShape } from "../shapes.ts";
import { authenticateClient } from "./client-authentication.ts";
import { metadataOf } from "./metadata.ts";
import { GRANT_PROBLEMS, grantTokens, tokenRequest } from "./token-grants.ts";

export const tokenRoutes: readonly Route[] = [
  bodyRoute(
    {
      method: "POST",
      path: "/auth/token",
      tag: "tokens",
      summary: "RFC 6749 token endpoint: the authorization code and refresh grants",
      errors: "oauth",
      kind: "form-or-json",
      openTo: "clients",
      body: tokenRequest,
      answers: { 200: tokensShape },
      problems: [...GRANT_PROBLEMS, "client-invalid", "store-unavailable"],
    },
    async (call, body) => {
      const shown = await authenticateClient(call, body);
      if (!shown.ok) return shown;
      const tokens = await grantTokens(call, { ...body, client_id: shown.value });
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
      openTo: "everyone",
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
      openTo: "everyone",
      answers: { 200: metadataShape },
    },
    async ({ gateway, site }) => ok({ status: 200, json: metadataOf(gateway, site) }),
  ),
];
