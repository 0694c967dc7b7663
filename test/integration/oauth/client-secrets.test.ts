import { describe, expect, test } from "vitest";
import { bearer, call, logIn, refresh } from "../../support/gateway/client.ts";
import {
  basicAuth,
  codeFor,
  exchange,
  OAUTH_PHONE,
  oauthGateway,
  pageLogin,
  pkce,
  SECRET,
  SERVICE_REDIRECT,
  sendForm,
  serviceClient,
  withClients,
} from "../../support/gateway/oauth-client.ts";
import type { TestGateway } from "../../support/gateway/test-gateway.ts";
import { expectOauthError } from "../http/expect-problem.ts";

const SERVICE = { client_id: "service", redirect_uri: SERVICE_REDIRECT };
const basic = { env: withClients(serviceClient()) };
const post = {
  env: withClients(serviceClient({ token_endpoint_auth_method: "client_secret_post" })),
};

async function codeGrant(test: TestGateway) {
  const { cookie } = await pageLogin(test);
  const proof = pkce();
  const code = await codeFor(test, cookie, proof, { ...SERVICE, scope: "openid" });
  const { redirect_uri } = SERVICE;
  return {
    grant_type: "authorization_code",
    code,
    code_verifier: proof.verifier,
    redirect_uri,
  };
}

const grant = async (test: TestGateway, fields = {}, headers = {}) =>
  sendForm(test, "/auth/token", { ...(await codeGrant(test)), ...fields }, headers);

const inBody = { client_id: "service", client_secret: SECRET };

describe("a client with a secret", () => {
  test("a client's secret with every special letter is read from Basic as a form, and from the body", async () => {
    const [a, b] = [await oauthGateway(basic), await oauthGateway(post)];
    for (const tokens of [await grant(a, {}, basicAuth()), await grant(b, inBody)]) {
      expect(tokens.status).toBe(200);
      expect(tokens.body.id_token).toMatch(/^ey/);
    }
    const named = await grant(a, { client_id: "service" }, basicAuth());
    expect(named.status).toBe(200);
  });

  test("a client's secret needs PKCE all the same", async () => {
    const gateway = await oauthGateway(basic);
    const { code_verifier: _, ...without } = await codeGrant(gateway);
    const answer = await sendForm(gateway, "/auth/token", without, basicAuth());
    expectOauthError(answer, 400, "invalid_request", "validation-failed");
    const wrong = await grant(gateway, { code_verifier: pkce().verifier }, basicAuth());
    expectOauthError(wrong, 400, "invalid_grant", "token-invalid");
  });

  test.each([
    ["no secret", { client_id: "service" }, {}],
    ["a wrong secret", {}, basicAuth("service", "wrong")],
    ["an empty secret", {}, { authorization: `Basic ${btoa("service:")}` }],
    ["the stored hash", {}, basicAuth("service", String(serviceClient()["client_secret_sha256"]))],
    ["the secret unencoded", {}, { authorization: `Basic ${btoa("service:s:e+c%r t&1=")}` }],
    ["its secret in the body", inBody, {}],
    ["another client's name", {}, basicAuth("other")],
    ["an unknown name", {}, basicAuth("nobody")],
    ["no Basic", { client_id: "service" }, { authorization: "Bearer x" }],
    ["broken Basic", { client_id: "service" }, { authorization: "Basic !!" }],
  ])("with %s gets nothing, and its code is not spent", async (_, fields, headers) => {
    const gateway = await oauthGateway(basic);
    const fine = await codeGrant(gateway);
    const answer = await sendForm(gateway, "/auth/token", { ...fine, ...fields }, headers);
    expectOauthError(answer, 401, "invalid_client", "client-invalid");
    expect(answer.headers.get("www-authenticate")).toContain("Basic");
    expect((await sendForm(gateway, "/auth/token", fine, basicAuth())).status).toBe(200);
  });

  test.each([{ client_id: "shop" }, { client_secret: SECRET }])(
    "beside Basic, %j is refused: two parsers could take two clients for the caller",
    async (more) => {
      const answer = await grant(await oauthGateway(basic), more, basicAuth());
      expectOauthError(answer, 400, "invalid_request", "validation-failed");
    },
  );

  test("a public client that shows a secret is refused", async () => {
    const gateway = await oauthGateway(basic);
    const { cookie } = await pageLogin(gateway);
    const proof = pkce();
    const code = await codeFor(gateway, cookie, proof);
    const answer = await exchange(gateway, code, proof, { client_secret: SECRET });
    expectOauthError(answer, 401, "invalid_client", "client-invalid");
  });

  test("a parameter that stands twice is refused at the token endpoint, at revoke and at introspect", async () => {
    const gateway = await oauthGateway(basic);
    for (const path of ["/auth/token", "/auth/revoke", "/auth/introspect"]) {
      const twice = "client_id=service&client_id=shop&token=x&grant_type=refresh_token";
      const answer = await sendForm(gateway, path, twice, basicAuth());
      expectOauthError(answer, 400, "invalid_request", "request-malformed");
    }
  });

  test("a client's refresh token works with its secret alone", async () => {
    const gateway = await oauthGateway(basic);
    const { refresh_token } = (await grant(gateway, {}, basicAuth())).body;
    const fields = { grant_type: "refresh_token", refresh_token };
    const bare = await refresh(gateway, refresh_token, { client_id: "service" });
    expectOauthError(bare, 401, "invalid_client", "client-invalid");
    const shop = await refresh(gateway, refresh_token, { client_id: "shop" });
    expectOauthError(shop, 400, "invalid_grant", "token-invalid");
    expect((await sendForm(gateway, "/auth/token", fields, basicAuth())).status).toBe(200);
  });
});

const isLive = async (test: TestGateway, token: string): Promise<boolean> =>
  (await call(test, "GET", "/auth/me", undefined, bearer(token))).status === 200;

describe("/auth/revoke", () => {
  test("a client revokes its refresh token or its access token, and the session ends with both", async () => {
    for (const name of ["refresh_token", "access_token"]) {
      const gateway = await oauthGateway(basic);
      const { body } = await grant(gateway, {}, basicAuth());
      const asked = { token: body[name], token_type_hint: "access_token" };
      const answer = await sendForm(gateway, "/auth/revoke", asked, basicAuth());
      expect([answer.status, answer.body]).toEqual([200, {}]);
      expect(await isLive(gateway, body.access_token)).toBe(false);
      const fields = { grant_type: "refresh_token", refresh_token: body.refresh_token };
      const refused = await sendForm(gateway, "/auth/token", fields, basicAuth());
      expectOauthError(refused, 400, "invalid_grant", "token-invalid");
    }
  });

  test("a client revokes no token of another client and no text that is none, and learns nothing", async () => {
    const gateway = await oauthGateway(basic);
    const { body } = await grant(gateway, {}, basicAuth());
    const direct = (await logIn(gateway, OAUTH_PHONE)).body;
    for (const token of [body.refresh_token, body.access_token, body.id_token, "x", "dsr_x.AAAA"]) {
      for (const client_id of ["shop", "doorstep"]) {
        const answer = await sendForm(gateway, "/auth/revoke", { token, client_id });
        expect([answer.status, answer.body]).toEqual([200, {}]);
      }
    }
    expect(await isLive(gateway, body.access_token)).toBe(true);
    const shop = { token: direct.refresh_token, client_id: "shop" };
    await sendForm(gateway, "/auth/revoke", shop);
    expect(await isLive(gateway, direct.access_token)).toBe(true);
    await sendForm(gateway, "/auth/revoke", { token: direct.refresh_token });
    expect(await isLive(gateway, direct.access_token)).toBe(false);
  });

  test("revoke refuses an unknown client, and a client that does not show its secret", async () => {
    const gateway = await oauthGateway(basic);
    const unknown = await sendForm(gateway, "/auth/revoke", { token: "x", client_id: "nobody" });
    expectOauthError(unknown, 400, "invalid_client", "validation-failed");
    const bare = await sendForm(gateway, "/auth/revoke", { token: "x", client_id: "service" });
    expectOauthError(bare, 401, "invalid_client", "client-invalid");
  });
});

describe("/auth/introspect", () => {
  const ask = async (test: TestGateway, token: string) =>
    (await sendForm(test, "/auth/introspect", { token }, basicAuth())).body;

  test("introspection tells a client with a secret about access tokens of every client, and about its own refresh tokens", async () => {
    const gateway = await oauthGateway(basic);
    const { body } = await grant(gateway, {}, basicAuth());
    const about = await ask(gateway, body.access_token);
    expect(about).toMatchObject({
      active: true,
      client_id: "service",
      scope: "openid offline_access",
      token_type: "Bearer",
      sub: body.user.id,
      customer_v2_id: "c-1",
    });
    expect(await ask(gateway, body.refresh_token)).toMatchObject({ active: true, sid: about.sid });
    const direct = (await logIn(gateway, OAUTH_PHONE)).body;
    expect(await ask(gateway, direct.access_token)).toMatchObject({ client_id: "doorstep" });
    expect(await ask(gateway, direct.refresh_token)).toEqual({ active: false });
  });

  test("introspection says inactive, and no more, of every other text", async () => {
    const gateway = await oauthGateway(basic);
    const { body } = await grant(gateway, {}, basicAuth());
    const old = body.refresh_token;
    const fields = { grant_type: "refresh_token", refresh_token: old };
    const next = (await sendForm(gateway, "/auth/token", fields, basicAuth())).body;
    for (const token of ["x", body.id_token, old]) {
      expect(await ask(gateway, token)).toEqual({ active: false });
    }
    await sendForm(gateway, "/auth/revoke", { token: next.refresh_token }, basicAuth());
    expect(await ask(gateway, next.access_token)).toEqual({ active: false });
    const alive = (await grant(gateway, {}, basicAuth())).body.access_token;
    gateway.clock.advance(900_000);
    expect(await ask(gateway, alive)).toEqual({ active: false });
  });

  test("introspection is refused to a public client, and to a caller that is none", async () => {
    const gateway = await oauthGateway(basic);
    for (const more of [{ client_id: "shop" }, {}, { client_id: "doorstep" }]) {
      const answer = await sendForm(gateway, "/auth/introspect", { token: "x", ...more });
      expectOauthError(answer, 401, "invalid_client", "client-invalid");
    }
  });
});
