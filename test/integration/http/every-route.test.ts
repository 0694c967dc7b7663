import { afterEach, describe, expect, test } from "vitest";
import { routesOf } from "../../../src/http/create-app.ts";
import { ERROR_STYLES } from "../../../src/http/problems/error-response.ts";
import type { Route } from "../../../src/http/route.ts";
import { customer } from "../../cases-extra/people.ts";
import { ADMIN_TOKEN } from "../../support/gateway/admin-token.ts";
import { bearer, call, challengeFor, logIn, send, verify } from "../../support/gateway/client.ts";
import { FULL_SITE } from "../../support/gateway/every-site.ts";
import {
  authorizeQuery,
  oauthGateway,
  pageCookie,
  pageLogin,
  pkce,
  SECRET,
  serviceClient,
  withClients,
} from "../../support/gateway/oauth-client.ts";
import { retryAfter } from "./expect-problem.ts";
import { faults } from "./failing-ports.ts";

const PHONE = "9876500001";
const SHARED = "9876500002";

const ports = faults();
const gateway = await oauthGateway({
  ...ports.options,
  env: {
    ADMIN_TOKEN,
    ADMIN_RECORDS: "on",
    ...withClients(serviceClient({ token_endpoint_auth_method: "client_secret_post" })),
  },
  documents: {
    customers_v2: [customer("c-1", PHONE), customer("c-2", SHARED), customer("c-3", SHARED)],
  },
});
const { access_token, refresh_token } = (await logIn(gateway, PHONE)).body;
const { cookie } = await pageLogin(gateway);
const { challenge_id, code } = await challengeFor(gateway, PHONE);
const shared = await challengeFor(gateway, SHARED);
const { selection_token } = (await verify(gateway, shared.challenge_id, shared.code)).body;

afterEach(() => ports.heal());

/** Every route that this gateway serves: no provider calls it back. */
const ROUTES = routesOf({ ...FULL_SITE, deliveryReports: null, voiceCalls: null });
const nameOf = ({ method, path }: Route): string => `${method} ${path}`;

/** What each route with a body needs to come as far as a store. */
const BODIES: Readonly<Record<string, unknown>> = {
  "POST /auth/otp": { phone: PHONE },
  "POST /auth/otp/resend": { challenge_id },
  "POST /auth/otp/verify": { challenge_id, code },
  "POST /auth/otp/select": { selection_token, customer_v2_id: "c-2" },
  "POST /api/auth/otp/send": { phone: PHONE },
  "POST /api/auth/otp/verify": { phone: PHONE, otp: code },
  "POST /auth/token": { grant_type: "refresh_token", refresh_token },
  "POST /auth/revoke": { token: refresh_token },
  "POST /auth/introspect": { token: refresh_token, client_id: "service", client_secret: SECRET },
  "POST /auth/end-session": {},
  "POST /auth/admin/records": { calls: [{ call: "find-users", query: { ids: ["u-1"] } }] },
  "POST /auth/admin/who": { who: PHONE },
  "POST /auth/admin/unlock": { phone: PHONE },
  "POST /auth/admin/sessions": { who: PHONE },
  "POST /auth/admin/sessions/revoke": { who: PHONE },
};

/** What a route without a body needs to come as far. */
const QUERIES: Readonly<Record<string, string>> = {
  "GET /auth/authorize": `?${authorizeQuery(pkce())}`,
};

const credentialOf = ({ credential }: Route): Record<string, string> =>
  credential === null
    ? pageCookie(cookie)
    : bearer(credential === "admin-token" ? ADMIN_TOKEN : access_token);

/** A form that a route reads by itself. */
const FORMS: Readonly<Record<string, URLSearchParams>> = {
  "POST /auth/authorize": authorizeQuery(pkce()),
};

const ask = (route: Route) => {
  const form = FORMS[nameOf(route)];
  const headers = credentialOf(route);
  const path = route.path.replace(/:\w+/g, "x") + (QUERIES[nameOf(route)] ?? "");
  return form === undefined
    ? call(gateway, route.method, path, BODIES[nameOf(route)], headers)
    : send(gateway, path, { method: route.method, body: form, headers });
};

describe("while every store is down", () => {
  test.each(ROUTES.filter(({ problems }) => problems.includes("store-unavailable")))(
    "while every store is down: $method $path is 503 in its own style, and says when to come again",
    async (route) => {
      ports.failOn(() => true);
      const answer = await ask(route);
      expect(answer.status).toBe(503);
      expect(answer.headers.get("content-type")).toBe(ERROR_STYLES[route.errors].type);
      expect(answer.body.code).toBe("store-unavailable");
      expect(retryAfter(answer)).toBeGreaterThanOrEqual(1);
    },
  );

  // A page says so in words: test/integration/login-page/page.test.ts.
  const others = ROUTES.filter(({ tag }) => tag !== "page");
  test.each(others.filter(({ problems }) => !problems.includes("store-unavailable")))(
    "while every store is down: $method $path answers as ever: it asks no store",
    async (route) => {
      ports.failOn(() => true);
      expect((await ask(route)).status).toBeLessThan(500);
    },
  );
});

describe("a body that is no JSON is refused by", () => {
  test.each(ROUTES.filter(({ body }) => body !== null))(
    "a body that is no JSON is refused by: $method $path",
    async (route) => {
      const headers = { "content-type": "application/json", ...credentialOf(route) };
      const init = { method: route.method, headers, body: "{" };
      const { body, status } = await send(gateway, route.path, init);
      expect({ status, code: body.code }).toEqual({ status: 400, code: "request-malformed" });
    },
  );

  test("the table of bodies here forgets no route", () => {
    const named = ROUTES.filter(({ body }) => body !== null).map(nameOf);
    expect(Object.keys(BODIES).sort()).toEqual(named.sort());
  });
});

test("a method that no route has is 405 at each path, with those that there are", async () => {
  for (const path of new Set(ROUTES.map((route) => route.path))) {
    const allow = ROUTES.filter((route) => route.path === path).map(({ method }) => method);
    const answer = await call(gateway, "PATCH", path.replace(/:\w+/g, "x"));
    expect([path, answer.status]).toEqual([path, 405]);
    expect(answer.headers.get("allow")).toBe(allow.join(", "));
  }
});
