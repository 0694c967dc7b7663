import { describe, expect, test } from "vitest";
import {
  completeAuthorization,
  declineAuthorization,
} from "../../../src/flows/oauth/complete-authorization.ts";
import { readAuthorization } from "../../../src/flows/oauth/pending-authorization.ts";
import { call } from "../../support/gateway/client.ts";
import {
  authorize,
  authorizeQuery,
  exchange,
  LOOPBACK_REDIRECT,
  locationOf,
  NATIVE_REDIRECT,
  oauthGateway,
  pageCookie,
  pageLogin,
  pkce,
  SHOP_REDIRECT,
} from "../../support/gateway/oauth-client.ts";
import { PUBLIC_URL, type TestGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem } from "../http/expect-problem.ts";
import { faults } from "../http/failing-ports.ts";

const gateway = await oauthGateway();
const { cookie } = await pageLogin(gateway);

/** Where a stranger to the page is sent, and what waits there. */
async function pendingOf(
  test: TestGateway,
  more: Readonly<Record<string, string>>,
  proof = pkce(),
) {
  const answer = await authorize(test, authorizeQuery(proof, more));
  const to = locationOf(answer);
  expect([answer.status, to.pathname]).toEqual([303, "/login"]);
  const handle = to.searchParams.get("authorization") ?? "";
  return { handle, pending: await readAuthorization(test.gateway, handle) };
}

describe("GET /auth/authorize", () => {
  test("GET /auth/authorize sends who is signed in back to the app at once, with code, state and issuer", async () => {
    const answer = await authorize(gateway, authorizeQuery(pkce()), cookie);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const to = locationOf(answer);
    expect(to.href.startsWith(`${SHOP_REDIRECT}?`)).toBe(true);
    expect([...to.searchParams.keys()]).toEqual(["code", "state", "iss"]);
    expect(to.searchParams.get("code")).toMatch(/^dsa_[\w-]+\.[\w-]+$/);
    expect(to.searchParams.get("state")).toBe("s-1");
    expect(to.searchParams.get("iss")).toBe(PUBLIC_URL);
  });

  test("GET /auth/authorize sends who is not to the page, with a request that the page can read", async () => {
    const proof = pkce();
    const { handle, pending } = await pendingOf(gateway, {}, proof);
    expect(pending).toMatchObject({
      handle,
      redirectUri: SHOP_REDIRECT,
      state: "s-1",
      codeChallenge: proof.challenge,
      needsConfirmation: false,
      formAction: "https://shop.example",
      client: { clientId: "shop", name: "The shop" },
    });
  });

  test.each(["", "x", "dsp_none.AAAA"])(
    "GET /auth/authorize sends a caller with an invented cookie to the page",
    async (bad) => {
      const answer = await authorize(gateway, authorizeQuery(pkce()), bad);
      expect(locationOf(answer).pathname).toBe("/login");
    },
  );

  test.each([
    { client_id: "app", redirect_uri: NATIVE_REDIRECT },
    { client_id: "app", redirect_uri: "http://127.0.0.1:49152/cb" },
  ])("no program of the device gets a code without a click: $redirect_uri", async (more) => {
    const answer = await authorize(gateway, authorizeQuery(pkce(), more), cookie);
    expect(locationOf(answer).pathname).toBe("/login");
  });

  test.each([
    ["client_id", "https://shop.example"],
    ["client_id", "SHOP"],
    ["redirect_uri", "https://shop.example.evil.com/cb"],
    ["redirect_uri", "https://shop.example@evil.com/cb"],
    ["redirect_uri", "https://evil.com/?https://shop.example/cb"],
    ["redirect_uri", "https://SHOP.example/cb"],
    ["redirect_uri", "https://shop.example/cb/"],
    ["redirect_uri", "https://shop.example/%63b"],
    ["redirect_uri", "https://shop.example/cb#"],
    ["redirect_uri", "https://shop.example:8443/cb"],
    ["redirect_uri", "http://shop.example/cb"],
    ["redirect_uri", "//shop.example/cb"],
    ["redirect_uri", "javascript:alert(1)"],
    ["redirect_uri", "https://other.example/cb"],
    ["redirect_uri", NATIVE_REDIRECT],
    ["redirect_uri", "http://127.0.0.1:49152/cb"],
  ])("the endpoint shows that %s %j is not known, and redirects nowhere", async (name, value) => {
    const query = authorizeQuery(pkce(), { [name]: value });
    for (const answer of [
      await authorize(gateway, query),
      await authorize(gateway, query, cookie),
    ]) {
      const errors = [{ pointer: `/${name}`, detail: expect.any(String) }];
      expectProblem(answer, 422, "validation-failed", { errors });
      expect(answer.headers.get("location")).toBeNull();
      expect(JSON.stringify(answer.body)).not.toContain(value);
    }
  });

  test("shows a person a page of ours, without what the link held, and redirects nowhere", async () => {
    const evil = "https://evil.com/<script>";
    const query = authorizeQuery(pkce(), { redirect_uri: evil });
    const path = `/auth/authorize?${query}`;
    const answer = await call(gateway, "GET", path, undefined, { accept: "text/html" });
    expect([answer.status, answer.headers.get("location")]).toEqual([400, null]);
    expect(answer.headers.get("content-type")).toContain("text/html");
    expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(answer.body).not.toContain("evil.com");
  });

  test.each(["client_id", "redirect_uri"])(
    "GET /auth/authorize shows that %s stands twice or not at all",
    async (name) => {
      const once = authorizeQuery(pkce());
      const twice = `${once}&${name}=${encodeURIComponent(once.get(name) ?? "")}`;
      const none = authorizeQuery(pkce(), { [name]: undefined });
      for (const query of [twice, none]) {
        const errors = [{ pointer: `/${name}`, detail: expect.any(String) }];
        expectProblem(await authorize(gateway, query, cookie), 422, "validation-failed", {
          errors,
        });
      }
    },
  );

  test.each([
    ["response_type", "token", "unsupported_response_type"],
    ["code_challenge", undefined, "invalid_request"],
    ["code_challenge_method", "plain", "invalid_request"],
    ["code_challenge_method", undefined, "invalid_request"],
    ["request", "x.y.z", "request_not_supported"],
    ["scope", '"', "invalid_scope"],
  ])("OAuth tells the app of a wrong %s %j: %s, and gives no code", async (name, value, error) => {
    const query = authorizeQuery(pkce(), { [name]: value });
    const answer = await authorize(gateway, query, cookie);
    expect(answer.status).toBe(303);
    const to = locationOf(answer);
    expect(`${to.origin}${to.pathname}`).toBe(SHOP_REDIRECT);
    const error_description = expect.any(String);
    const told = { error, error_description, state: "s-1", iss: PUBLIC_URL };
    expect(Object.fromEntries(to.searchParams)).toEqual(told);
  });

  test("GET /auth/authorize tells the app of a parameter that stands twice", async () => {
    const answer = await authorize(gateway, `${authorizeQuery(pkce())}&scope=a&scope=b`, cookie);
    expect(locationOf(answer).searchParams.get("error")).toBe("invalid_request");
  });

  test("GET /auth/authorize writes nothing for who is not signed in, however often it is asked", async () => {
    const ports = faults();
    const cold = await oauthGateway(ports.options);
    ports.failOn(() => true);
    for (const _ of [1, 2, 3]) await pendingOf(cold, {});
  });

  test("GET /auth/authorize lets no script read where it redirects, of whatever origin", async () => {
    const origin = "https://shop.example";
    const open = await oauthGateway({ env: { ALLOWED_ORIGINS: origin } });
    const login = await pageLogin(open);
    const path = `/auth/authorize?${authorizeQuery(pkce())}`;
    const headers = { ...pageCookie(login.cookie), origin };
    const answer = await call(open, "GET", path, undefined, headers);
    expect(answer.status).toBe(303);
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    const asked = { origin, "access-control-request-method": "GET" };
    const preflight = await call(open, "OPTIONS", path, undefined, asked);
    expect(preflight.headers.get("access-control-allow-origin")).toBeNull();
    const token = await call(open, "OPTIONS", "/auth/token", undefined, asked);
    expect(token.headers.get("access-control-allow-origin")).toBe(origin);
  });

  test("GET /auth/authorize makes a session wait that asks for code after code", async () => {
    const busy = await oauthGateway({ env: { LIMIT_TOKEN_PER_SESSION: "2/10m" } });
    const login = await pageLogin(busy);
    const ask = () => authorize(busy, authorizeQuery(pkce()), login.cookie);
    expect([(await ask()).status, (await ask()).status]).toEqual([303, 303]);
    expect((await ask()).status).toBe(429);
  });
});

describe("an authorization that waits at the page", () => {
  const native = { client_id: "app", redirect_uri: "http://127.0.0.1:49152/cb" };

  test("an authorization that waits at the page is completed by a click alone, where any program could be the app", async () => {
    const test = await oauthGateway();
    const { page } = await pageLogin(test);
    const proof = pkce();
    const { pending } = await pendingOf(test, native, proof);
    if (pending === null) throw new Error("nothing waits");
    expect(pending.needsConfirmation).toBe(true);
    const complete = (confirmed: boolean) =>
      completeAuthorization(test.gateway, PUBLIC_URL, pending, page, confirmed);
    expect(await complete(false)).toEqual({
      ok: false,
      failure: { reason: "confirmation-needed" },
    });
    const done = await complete(true);
    if (!done.ok) throw new Error(done.failure.reason);
    const to = new URL(done.value);
    expect(`${to.origin}${to.pathname}`).toBe(native.redirect_uri);
    const code = to.searchParams.get("code") ?? "";
    // Bound to the port that it was asked for on.
    const elsewhere = { ...native, redirect_uri: LOOPBACK_REDIRECT };
    expect((await exchange(test, code, proof, elsewhere)).status).toBe(400);
    expect((await exchange(test, code, proof, native)).status).toBe(200);
  });

  test("an authorization that waits at the page is told to the app when the customer says no", async () => {
    const { pending } = await pendingOf(gateway, native);
    if (pending === null) throw new Error("nothing waits");
    const { searchParams } = new URL(declineAuthorization(PUBLIC_URL, pending));
    expect(Object.fromEntries(searchParams)).toEqual({
      error: "access_denied",
      state: "s-1",
      iss: PUBLIC_URL,
    });
  });

  test("an authorization that waits at the page is read back for an hour, to the millisecond", async () => {
    const test = await oauthGateway();
    const { handle } = await pendingOf(test, {});
    test.clock.advance(3_600_000 - 1);
    expect(await readAuthorization(test.gateway, handle)).not.toBeNull();
    test.clock.advance(1);
    expect(await readAuthorization(test.gateway, handle)).toBeNull();
  });

  test("an authorization that waits at the page cannot be invented or changed", async () => {
    const { handle } = await pendingOf(gateway, {});
    const [keyId = "", text = "", mac = ""] = handle.split(".");
    const sealed = JSON.parse(Buffer.from(text, "base64url").toString());
    const evil = sealed.map((part: unknown) =>
      part === SHOP_REDIRECT ? "https://evil.com" : part,
    );
    const forged = Buffer.from(JSON.stringify(evil)).toString("base64url");
    const none = Buffer.alloc(32).toString("base64url");
    for (const bad of [
      ...[`${keyId}.${forged}.${mac}`, `${keyId}.${text}.${none}`, `none.${text}.${mac}`],
      ...[`${keyId}.${text}`, `${handle}A`, handle.slice(0, -1), "", "..", "x".repeat(5000)],
      cookie,
    ]) {
      expect(await readAuthorization(gateway.gateway, bad), bad).toBeNull();
    }
    expect(await readAuthorization(gateway.gateway, handle)).not.toBeNull();
  });

  test("an authorization that waits at the page is over once its client or its address is registered no longer", async () => {
    const { handle } = await pendingOf(gateway, {});
    const { rules } = gateway.gateway;
    const clients = rules.oauth.clients.map((one) => ({ ...one, redirectUris: [] }));
    for (const left of [clients, []]) {
      const changed = { ...gateway.gateway, rules: { ...rules, oauth: { clients: left } } };
      expect(await readAuthorization(changed, handle)).toBeNull();
    }
  });

  test.each(["x".repeat(900), '"'.repeat(450)])(
    "a waiting authorization is read back with the longest of all that a request may have",
    async (state) => {
      const redirect_uri = `https://shop.example/${"x".repeat(491)}`;
      const [client_id, token_endpoint_auth_method] = ["c".repeat(64), "none"];
      const client = { client_id, client_name: "x", token_endpoint_auth_method };
      const clients = [{ ...client, redirect_uris: [redirect_uri] }];
      const test = await oauthGateway({ env: { OAUTH_CLIENTS: JSON.stringify(clients) } });
      const { handle, pending } = await pendingOf(test, {
        ...{ client_id, redirect_uri, state },
        scope: "openid profile phone",
        ...{ max_age: "60", prompt: "consent" },
      });
      expect(handle.length).toBeLessThanOrEqual(2_280);
      expect(pending?.state).toBe(state);
    },
  );

  test("an authorization that waits at the page gives nothing to a page session that has just ended", async () => {
    const test = await oauthGateway();
    const { page } = await pageLogin(test);
    await pageLogin(test, { former: (await pageLogin(test)).cookie });
    const { pending } = await pendingOf(test, {});
    if (pending === null) throw new Error("nothing waits");
    const { sid } = page.session;
    test.file.sql.all("DELETE FROM state WHERE key LIKE '%user/%'");
    const done = await completeAuthorization(test.gateway, PUBLIC_URL, pending, page, true);
    expect([sid !== "", done]).toEqual([true, { ok: false, failure: { reason: "token-invalid" } }]);
  });
});
