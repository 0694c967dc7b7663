import { fail, ok } from "../../../core/result.ts";
import { confirmSession } from "../../../flows/sessions/confirm-link.ts";
import { claimsAbout } from "../../../flows/sessions/issue-id-token.ts";
import type { Caller } from "../../../flows/sessions/read-caller.ts";
import { type Call, callerRoute, type Route, route } from "../../route.ts";
import { openidConfigurationShape, userinfoShape } from "../shapes.ts";
import { openidConfigurationOf } from "./metadata.ts";

const USERINFO = {
  path: "/auth/userinfo",
  tag: "tokens",
  summary: "OpenID Connect Core 5.3: the claims about the customer, by the token's scopes",
  openTo: "clients",
  answers: { 200: userinfoShape },
  problems: ["scope-missing", "customer-stopped", "user-inactive"],
} as const;

async function userinfo({ gateway }: Call, { session, userKey }: Caller) {
  if (!session.scope?.includes("openid")) return fail({ reason: "scope-missing" } as const);
  const confirmed = await confirmSession(gateway, userKey, session);
  if (!confirmed.ok) return confirmed;
  const json = { ...(await claimsAbout(gateway, session, confirmed.value)) };
  return ok({ status: 200, json } as const);
}

export const openidRoutes: readonly Route[] = [
  callerRoute({ ...USERINFO, method: "GET" }, userinfo),
  callerRoute({ ...USERINFO, method: "POST" }, userinfo),
  route(
    {
      method: "GET",
      path: "/.well-known/openid-configuration",
      tag: "tokens",
      summary: "OpenID Connect Discovery: only what exists",
      cache: "public, max-age=300",
      openTo: "everyone",
      answers: { 200: openidConfigurationShape },
      problems: ["not-found"],
    },
    async ({ gateway, site }) => {
      const json = openidConfigurationOf(gateway, site);
      return json === null ? fail({ reason: "not-found" }) : ok({ status: 200, json });
    },
  ),
];
