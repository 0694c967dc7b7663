import * as z from "zod/mini";
import { fail, ok } from "../../core/result.ts";
import { DIRECT_CLIENT } from "../../core/sessions/user-record.ts";
import { refreshTokens } from "../../flows/sessions/refresh-tokens.ts";
import { bodyRoute, type Route, route } from "../route.ts";
import { tokenSet } from "./present.ts";
import { jwksShape, metadataShape, tokensShape } from "./shapes.ts";

const tokenRequest = z.object({
  grant_type: z.string(),
  refresh_token: z.optional(z.string()),
  client_id: z.optional(z.string()),
});

/** The grants that exist; metadata and the token endpoint read the same list. */
const GRANT_TYPES = ["refresh_token"] as const;

export const tokenRoutes: readonly Route[] = [
  bodyRoute(
    {
      method: "POST",
      path: "/auth/token",
      tag: "tokens",
      summary: "RFC 6749 token endpoint: the refresh grant",
      errors: "oauth",
      kind: "form-or-json",
      body: tokenRequest,
      answers: { 200: tokensShape },
      problems: [
        "token-invalid",
        "refresh-reused",
        "customer-stopped",
        "user-inactive",
        "rate-limited",
        "store-unavailable",
      ],
    },
    async ({ gateway }, body) => {
      if (!GRANT_TYPES.some((grant) => grant === body.grant_type)) {
        const errors = [
          { pointer: "/grant_type", detail: `must be one of: ${GRANT_TYPES.join(", ")}` },
        ];
        return fail({ reason: "validation-failed", errors, oauthError: "unsupported_grant_type" });
      }
      if (body.refresh_token === undefined) {
        const errors = [{ pointer: "/refresh_token", detail: "must be of type string" }];
        return fail({ reason: "validation-failed", errors });
      }
      const clientId = body.client_id ?? DIRECT_CLIENT;
      const tokens = await refreshTokens(gateway, body.refresh_token, clientId);
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
    async ({ site: { issuer, publicUrl } }) =>
      ok({
        status: 200,
        json: {
          issuer,
          token_endpoint: `${publicUrl}/auth/token`,
          jwks_uri: `${publicUrl}/.well-known/jwks.json`,
          response_types_supported: [],
          grant_types_supported: [...GRANT_TYPES],
          token_endpoint_auth_methods_supported: ["none"],
        },
      }),
  ),
];
