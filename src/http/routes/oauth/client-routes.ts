import * as z from "zod/mini";
import { findClient } from "../../../core/oauth/client.ts";
import { fail, ok } from "../../../core/result.ts";
import { DIRECT_CLIENT } from "../../../core/sessions/user-record.ts";
import { type Introspected, introspectToken } from "../../../flows/oauth/introspect-token.ts";
import { revokeToken } from "../../../flows/oauth/revoke-token.ts";
import { bodyRoute, type Route } from "../../route.ts";
import { introspectionShape } from "../shapes.ts";
import { authenticateClient } from "./client-authentication.ts";
import { UNKNOWN_CLIENT } from "./token-grants.ts";

const tokenOfClient = z.object({
  token: z.string(),
  /** Every kind is looked for, whatever the hint says (RFC 7009 section 2.1). */
  token_type_hint: z.optional(z.string()),
  client_id: z.optional(z.string()),
  client_secret: z.optional(z.string()),
});

/** What clients may do with their tokens besides getting them. */
export const clientRoutes: readonly Route[] = [
  bodyRoute(
    {
      method: "POST",
      path: "/auth/revoke",
      tag: "tokens",
      summary: "RFC 7009: ends the session of a client's own token",
      errors: "oauth",
      kind: "form-or-json",
      openTo: "clients",
      body: tokenOfClient,
      answers: { 200: z.looseObject({}) },
      problems: ["client-invalid", "rate-limited", "store-unavailable"],
    },
    async (call, body) => {
      const { gateway } = call;
      const shown = await authenticateClient(call, body);
      if (!shown.ok) return shown;
      const clientId = shown.value ?? DIRECT_CLIENT;
      const isKnown = findClient(gateway.rules.oauth.clients, clientId) !== undefined;
      if (!isKnown && clientId !== DIRECT_CLIENT) return fail(UNKNOWN_CLIENT);
      const revoked = await revokeToken(gateway, clientId, body.token);
      return revoked.ok ? ok({ status: 200, json: {} } as const) : revoked;
    },
  ),
  bodyRoute(
    {
      method: "POST",
      path: "/auth/introspect",
      tag: "tokens",
      summary: "RFC 7662: whether a token is active, for clients with a secret",
      errors: "oauth",
      kind: "form-or-json",
      body: tokenOfClient,
      answers: { 200: introspectionShape },
      problems: ["client-invalid", "rate-limited", "store-unavailable"],
    },
    async (call, body) => {
      const { gateway, site } = call;
      const shown = await authenticateClient(call, body);
      if (!shown.ok) return shown;
      const client = findClient(gateway.rules.oauth.clients, shown.value ?? "");
      if (!client || client.authMethod === "none") return fail({ reason: "client-invalid" });
      const found = await introspectToken(gateway, client.clientId, body.token);
      const json = found === null ? { active: false } : introspection(found, site.issuer);
      return ok({ status: 200, json });
    },
  ),
];

function introspection({ access, expiresAt, session }: Introspected, iss: string) {
  const { clientId: client_id, customerId, scope, sid, userId: sub } = session;
  const always = { active: true, client_id, exp: Math.floor(expiresAt / 1000), iss, sub, sid };
  return {
    ...always,
    ...(scope === undefined ? {} : { scope: scope.join(" ") }),
    ...(customerId === null ? {} : { customer_v2_id: customerId }),
    ...(access === null ? {} : { token_type: "Bearer" as const, jti: access.jti }),
  };
}
