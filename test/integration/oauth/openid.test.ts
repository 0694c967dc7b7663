import { describe, expect, test } from "vitest";
import { bearer, call, logIn } from "../../support/gateway/client.ts";
import {
  authorize,
  authorizeQuery,
  codeFor,
  exchange,
  locationOf,
  NATIVE_REDIRECT,
  OAUTH_PHONE,
  oauthGateway,
  pageCookie,
  pageLogin,
  pkce,
  sendForm,
  serviceClient,
  stopCustomer,
  withClients,
} from "../../support/gateway/oauth-client.ts";
import { PUBLIC_URL, type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem } from "../http/expect-problem.ts";

async function tokenOf(test: TestGateway, scope: string): Promise<string> {
  const { cookie } = await pageLogin(test);
  const proof = pkce();
  const code = await codeFor(test, cookie, proof, { scope });
  return (await exchange(test, code, proof)).body.access_token;
}

const userinfo = (test: TestGateway, token: string, method = "GET") =>
  call(test, method, "/auth/userinfo", undefined, bearer(token));

describe("/auth/userinfo", () => {
  test("userinfo gives the claims of the token's scopes and no others, by GET and by POST", async () => {
    const gateway = await oauthGateway();
    const all = await tokenOf(gateway, "openid profile phone");
    const sub = expect.any(String);
    const person = { sub, name: "Asha Rao", phone_number: "+919876500001" };
    for (const method of ["GET", "POST"]) {
      const { body, status } = await userinfo(gateway, all, method);
      expect(status).toBe(200);
      expect(body).toEqual({
        ...person,
        name: expect.any(String),
        phone_number_verified: true,
      });
    }
    expect((await userinfo(gateway, await tokenOf(gateway, "openid"))).body).toEqual({ sub });
  });

  test("userinfo is refused to a token without the scope openid, and to a direct login's", async () => {
    const gateway = await oauthGateway();
    const direct = (await logIn(gateway, OAUTH_PHONE)).body.access_token;
    for (const token of [await tokenOf(gateway, "profile phone"), direct]) {
      const answer = await userinfo(gateway, token);
      expectProblem(answer, 403, "scope-missing");
      expect(answer.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    }
  });

  test("userinfo says nothing about a customer who was stopped, and ends the session", async () => {
    const gateway = await oauthGateway();
    const token = await tokenOf(gateway, "openid profile");
    stopCustomer(gateway);
    expectProblem(await userinfo(gateway, token), 403, "customer-stopped");
    expectProblem(await userinfo(gateway, token), 401, "token-invalid");
  });
});

describe("/.well-known/openid-configuration", () => {
  const discover = (test: TestGateway) => call(test, "GET", "/.well-known/openid-configuration");

  test("OpenID discovery names what exists, and every address in it answers", async () => {
    const gateway = await oauthGateway({ env: withClients(serviceClient()) });
    const { body, headers, status } = await discover(gateway);
    expect([status, headers.get("cache-control")]).toEqual([200, "public, max-age=300"]);
    expect(body).toMatchObject({
      issuer: PUBLIC_URL,
      subject_types_supported: ["public"],
      id_token_signing_alg_values_supported: ["RS256"],
      token_endpoint_auth_methods_supported: ["none", "client_secret_basic"],
      introspection_endpoint_auth_methods_supported: ["client_secret_basic"],
      request_uri_parameter_supported: false,
    });
    const oauth = await call(gateway, "GET", "/.well-known/oauth-authorization-server");
    expect(body).toMatchObject(oauth.body);
    const addresses = Object.entries(body).filter(([name]) => /_(endpoint|uri)$/.test(name));
    expect(addresses.length).toBe(7);
    for (const [name, address] of addresses) {
      const { pathname } = new URL(String(address));
      const method = /^(token|revo|intro)/.test(name) ? "POST" : "GET";
      expect([404, 405], name).not.toContain((await call(gateway, method, pathname)).status);
    }
  });

  test("OpenID discovery is not there where no client may ask for an ID token", async () => {
    expect((await discover(await testGateway())).status).toBe(404);
  });
});

describe("who may read answers from a page of another origin", () => {
  const asked = { "access-control-request-method": "POST" };
  const allowed = async (test: TestGateway, method: string, path: string, origin: string) => {
    const { headers } = await call(test, method, path, undefined, { origin, ...asked });
    return headers.get("access-control-allow-origin");
  };

  test("every page reads keys and discovery; at the tokens' routes a public client's own pages alone", async () => {
    const gateway = await oauthGateway({ env: withClients(serviceClient()) });
    const everyone = ["jwks.json", "openid-configuration", "oauth-authorization-server"];
    for (const name of everyone) {
      expect(await allowed(gateway, "GET", `/.well-known/${name}`, "https://x.example")).toBe("*");
    }
    for (const path of ["/auth/token", "/auth/userinfo", "/auth/revoke"]) {
      for (const [origin, expected] of [
        ["https://shop.example", "https://shop.example"],
        ["https://other.example", "https://other.example"],
        ["https://service.example", null],
        ["https://shop.example.evil.com", null],
        ["https://shop.example:8443", null],
        ["null", null],
      ] as const) {
        expect(await allowed(gateway, "OPTIONS", path, origin), `${path} ${origin}`).toBe(expected);
      }
    }
    for (const path of ["/auth/introspect", "/auth/me", "/auth/otp", "/auth/end-session"]) {
      expect(await allowed(gateway, "OPTIONS", path, "https://shop.example"), path).toBeNull();
    }
  });
});

test("an authorization request by POST is read as one by GET: a form of another site sends no cookie, and is asked anew by an address that brings it", async () => {
  const gateway = await oauthGateway();
  const { cookie } = await pageLogin(gateway);
  const post = (body: string, shown: Readonly<Record<string, string>> = {}) =>
    sendForm(gateway, "/auth/authorize", body, shown);
  const query = authorizeQuery(pkce()).toString();
  for (const asked of [query, `${query}&prompt=none`]) {
    const again = locationOf(await post(asked));
    expect([again.pathname, again.search]).toEqual(["/auth/authorize", `?${asked}`]);
    const code = locationOf(await authorize(gateway, asked, cookie)).searchParams.get("code");
    expect(code).toMatch(/^dsa_/);
  }
  const long = `${query}&login_hint=${"9".repeat(7_000)}`;
  expect(locationOf(await post(long)).pathname).toBe("/login");
  expect(locationOf(await post(query, pageCookie(cookie))).searchParams.get("code")).toMatch(
    /^dsa_/,
  );
  const twice = locationOf(await post(`${query}&scope=a&scope=b`, pageCookie(cookie)));
  expect(twice.searchParams.get("error")).toBe("invalid_request");
  const evil = query.replace("shop.example", "evil.example");
  expectProblem(await post(evil, pageCookie(cookie)), 422, "validation-failed", {
    errors: [{ pointer: "/redirect_uri", detail: expect.any(String) }],
  });
});

describe("what an authorization request asks of the login", () => {
  const native = { client_id: "app", redirect_uri: NATIVE_REDIRECT };

  test("prompt=none gives a code at once, or tells the app that a person must log in", async () => {
    const gateway = await oauthGateway();
    const { cookie } = await pageLogin(gateway);
    const ask = async (more: Readonly<Record<string, string>>, shown?: string) =>
      locationOf(
        await authorize(gateway, authorizeQuery(pkce(), { prompt: "none", ...more }), shown),
      );
    expect((await ask({}, cookie)).searchParams.get("code")).toMatch(/^dsa_/);
    for (const [more, shown, error] of [
      [{}, undefined, "login_required"],
      [{}, "dsp_none.AAAA", "login_required"],
      [{ max_age: "0" }, cookie, "login_required"],
      // A look-alike of a native app gets no code behind the customer's back.
      [native, cookie, "interaction_required"],
    ] as const) {
      gateway.clock.advance(1);
      const to = await ask(more, shown);
      expect(Object.fromEntries(to.searchParams)).toEqual({ error, state: "s-1", iss: PUBLIC_URL });
    }
  });

  test.each([{ prompt: "login" }, { max_age: "60" }])(
    "a login that is too old for %j is asked for again, and its new age is in the ID token",
    async (more) => {
      const gateway = await oauthGateway();
      const { cookie } = await pageLogin(gateway);
      gateway.clock.advance(60_001);
      const proof = pkce();
      const query = authorizeQuery(proof, { ...more, scope: "openid" });
      const to = locationOf(await authorize(gateway, query, cookie));
      expect(to.pathname).toBe("/login");
      const step = await call(
        gateway,
        "GET",
        to.pathname + to.search,
        undefined,
        pageCookie(cookie),
      );
      const kept = step.headers.getSetCookie().map((line) => line.split(";")[0]);
      const cookies = { cookie: `doorstep=${cookie}; ${kept.join("; ")}` };
      const page = await call(gateway, "GET", locationOf(step).pathname, undefined, cookies);
      expect(page.body).toContain('name="phone"');
      const again = await pageLogin(gateway);
      const fresh = { cookie: `doorstep=${again.cookie}; ${kept.join("; ")}` };
      const back = await call(gateway, "GET", locationOf(step).pathname, undefined, fresh);
      expect(locationOf(back).searchParams.get("code")).toMatch(/^dsa_/);
    },
  );

  test("login_hint fills the field for the phone, ui_locales chooses the language, and no script comes with them", async () => {
    const gateway = await oauthGateway();
    const evil = '"><script>alert(1)</script>';
    for (const hint of ["98765 00001", evil]) {
      const query = authorizeQuery(pkce(), { login_hint: hint, ui_locales: "xx hi-IN en" });
      const to = locationOf(await authorize(gateway, query));
      // Addresses get into the logs of proxies: a phone is sealed there.
      expect(to.search).not.toContain(encodeURIComponent(hint).replaceAll("%20", "+"));
      const step = await call(gateway, "GET", to.pathname + to.search);
      const given = step.headers.getSetCookie().map((line) => line.split(";")[0]);
      const cookie = given.join("; ");
      const page = await call(gateway, "GET", locationOf(step).pathname, undefined, { cookie });
      expect(page.body).toContain('lang="hi"');
      if (hint === evil) expect(page.body).not.toContain("<script>alert");
      else expect(page.body).toContain('value="98765 00001"');
      expect(locationOf(step).href).not.toContain("98765");
    }
  });
});
