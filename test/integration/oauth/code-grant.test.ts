import { describe, expect, test } from "vitest";
import { mintBearer, readBearer } from "../../../src/core/secrets/bearer.ts";
import { admitCaller } from "../../../src/flows/sessions/admit-caller.ts";
import { bearer, call, claimsOf, post, refresh } from "../../support/gateway/client.ts";
import {
  auditLines,
  codeFor,
  exchange,
  oauthGateway,
  pageLogin,
  pkce,
  SHOP_REDIRECT,
  stopCustomer,
} from "../../support/gateway/oauth-client.ts";
import { clientsOf, me, shopHasCode } from "../../support/gateway/shop-code.ts";
import { expectOauthError } from "../http/expect-problem.ts";
import { faults } from "../http/failing-ports.ts";

describe("an authorization code at the token endpoint", () => {
  test("an authorization code at the token endpoint gives the shop a session of its own, as old as the login at the page", async () => {
    const gateway = await oauthGateway();
    const { cookie } = await pageLogin(gateway);
    gateway.clock.advance(60 * 60_000);
    const proof = pkce();
    const code = await codeFor(gateway, cookie, proof);
    const { body, headers, status } = await exchange(gateway, code, proof);
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    const claims = claimsOf(body.access_token);
    expect(claims).toMatchObject({ client_id: "shop", customer_v2_id: "c-1", amr: ["otp", "sms"] });
    expect(claims["auth_time"]).toBe((claims["iat"] as number) - 3600);
    expect(body).not.toHaveProperty("device_token");
    expect(await clientsOf(gateway, body.access_token)).toEqual(["doorstep-login", "shop"]);
    expect(auditLines(gateway).at(-1)).toMatchObject({
      name: "authorization.granted",
      detail: "shop",
      session_id: claims.sid,
    });
  });

  test("an authorization code at the token endpoint is taken in JSON too", async () => {
    const { code, gateway, proof } = await shopHasCode();
    const answer = await post(gateway, "/auth/token", {
      grant_type: "authorization_code",
      code,
      code_verifier: proof.verifier,
      client_id: "shop",
      redirect_uri: SHOP_REDIRECT,
    });
    expect(answer.status).toBe(200);
  });

  test.each([
    [59_999, 200],
    [60_000, 400],
    [60_001, 400],
  ])("a code is over after a minute, to the millisecond: %d ms, %d", async (after, status) => {
    const { code, gateway, proof } = await shopHasCode();
    gateway.clock.advance(after);
    const answer = await exchange(gateway, code, proof);
    expect(answer.status).toBe(status);
    if (status === 400) expectOauthError(answer, 400, "invalid_grant", "token-invalid");
  });

  test("an authorization code at the token endpoint shown twice with its verifier, ends the session that it gave", async () => {
    const { code, cookie, gateway, proof } = await shopHasCode();
    const { access_token, refresh_token } = (await exchange(gateway, code, proof)).body;
    expect((await me(gateway, access_token)).status).toBe(200);
    expectOauthError(await exchange(gateway, code, proof), 400, "invalid_grant", "token-invalid");
    expect((await me(gateway, access_token)).status).toBe(401);
    const refreshed = await refresh(gateway, refresh_token, { client_id: "shop" });
    expectOauthError(refreshed, 400, "invalid_grant", "token-invalid");
    expect(auditLines(gateway).at(-1)).toMatchObject({
      name: "authorization.reused",
      session_id: claimsOf(access_token).sid,
    });
    // The customer is signed in at the page as before, and the shop may ask anew.
    const again = pkce();
    const next = await codeFor(gateway, cookie, again);
    expect((await exchange(gateway, next, again)).status).toBe(200);
  });

  test("an authorization code at the token endpoint shown twice, is refused to the proxy of this node at once", async () => {
    const { code, gateway, proof } = await shopHasCode();
    const { access_token } = (await exchange(gateway, code, proof)).body;
    expect((await admitCaller(gateway.gateway, access_token)).ok).toBe(true);
    await exchange(gateway, code, proof);
    expect((await admitCaller(gateway.gateway, access_token)).ok).toBe(false);
  });

  test("an authorization code at the token endpoint of a client that left OAUTH_CLIENTS gives nothing", async () => {
    const { code, gateway, proof } = await shopHasCode();
    const rules = { ...gateway.gateway.rules, oauth: { clients: [] } };
    Object.assign(gateway.gateway, { rules });
    const answer = await exchange(gateway, code, proof);
    expectOauthError(answer, 400, "invalid_client", "validation-failed");
  });

  test("an authorization code at the token endpoint shown at once from both sides, gives at most one session, and that one ends", async () => {
    const { code, gateway, proof } = await shopHasCode();
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => exchange(gateway, code, proof)),
    );
    const good = answers.filter(({ status }) => status === 200);
    expect(good.length).toBe(1);
    for (const answer of answers.filter((one) => one !== good[0])) {
      expectOauthError(answer, 400, "invalid_grant", "token-invalid");
    }
    expect((await me(gateway, good[0]?.body.access_token)).status).toBe(401);
  });

  test.each([
    ["a wrong verifier", { code_verifier: pkce().verifier }, "verifier"],
    ["the challenge as verifier: no downgrade to plain", null, "verifier"],
    ["another client", { client_id: "other" }, "client"],
    ["another of its own addresses", { redirect_uri: `${SHOP_REDIRECT}?from=app` }, "redirect"],
    ["an address with a slash more", { redirect_uri: `${SHOP_REDIRECT}/` }, "redirect"],
  ])("a code with %s gives nothing, and is not spent by that", async (_, given, detail) => {
    const { code, gateway, proof } = await shopHasCode();
    const more = given ?? { code_verifier: proof.challenge };
    const refused = await exchange(gateway, code, proof, more);
    expectOauthError(refused, 400, "invalid_grant", "token-invalid");
    expect(auditLines(gateway).at(-1)).toMatchObject({ name: "authorization.refused", detail });
    const { body, status } = await exchange(gateway, code, proof);
    expect(status).toBe(200);
    // Nor does who read the code in an address end the session that it gave.
    await exchange(gateway, code, proof, more);
    expect((await me(gateway, body.access_token)).status).toBe(200);
  });

  test("an invented authorization code gives nothing, and asks no store", async () => {
    const ports = faults();
    const gateway = await oauthGateway(ports.options);
    const { cookie } = await pageLogin(gateway);
    const proof = pkce();
    const code = await codeFor(gateway, cookie, proof);
    ports.failOn(() => true);
    const changed = `${code.slice(0, -1)}${code.endsWith("A") ? "B" : "A"}`;
    for (const forged of ["", "x", "dsa_k1.AAAA", changed, cookie, code.replace("dsa", "dsr")]) {
      const answer = await exchange(gateway, forged, proof);
      const error = forged === "" ? "invalid_request" : "invalid_grant";
      expect([forged, answer.status, answer.body.error]).toEqual([forged, 400, error]);
    }
    ports.heal();
    expect((await exchange(gateway, code, proof)).status).toBe(200);
  });

  test("an authorization code at the token endpoint gives nothing once the customer signed out at the page, or was stopped", async () => {
    const { code, cookie, gateway, proof } = await shopHasCode();
    const { access_token } = (await exchange(gateway, code, proof)).body;
    const next = pkce();
    const late = await codeFor(gateway, cookie, next);
    await call(gateway, "DELETE", "/auth/sessions", undefined, bearer(access_token));
    const answer = await exchange(gateway, late, next);
    expectOauthError(answer, 400, "invalid_grant", "token-invalid");
  });

  test("an authorization code at the token endpoint gives nothing to a customer who was stopped since", async () => {
    const { code, gateway, proof } = await shopHasCode();
    stopCustomer(gateway);
    const answer = await exchange(gateway, code, proof);
    expectOauthError(answer, 400, "invalid_grant", "customer-stopped");
  });

  test.each([
    ["client_id", undefined, "invalid_request"],
    ["client_id", "nobody", "invalid_client"],
    ["client_id", "doorstep", "invalid_client"],
    ["code", undefined, "invalid_request"],
    ["redirect_uri", undefined, "invalid_request"],
    ["code_verifier", undefined, "invalid_request"],
    ["code_verifier", "x".repeat(42), "invalid_request"],
    ["code_verifier", "x".repeat(129), "invalid_request"],
    ["code_verifier", `${"x".repeat(42)}+`, "invalid_request"],
    ["code_verifier", `${"x".repeat(42)}é`, "invalid_request"],
  ])("a code grant with %s = %s is %3$s", async (name, value, error) => {
    const { code, gateway, proof } = await shopHasCode();
    const answer = await exchange(gateway, code, proof, { [name]: value });
    expectOauthError(answer, 400, error, "validation-failed");
    expect((await exchange(gateway, code, proof)).status).toBe(200);
  });

  test.each([43, 128])(
    "an authorization code at the token endpoint takes a verifier of %d characters",
    async (length) => {
      const gateway = await oauthGateway();
      const { cookie } = await pageLogin(gateway);
      const proof = pkce("aZ09-._~".repeat(16).slice(0, length));
      const code = await codeFor(gateway, cookie, proof);
      expect((await exchange(gateway, code, proof)).status).toBe(200);
    },
  );

  test("an authorization code at the token endpoint may be tried 60 times in ten minutes, and then waits", async () => {
    const gateway = await oauthGateway({ env: { LIMIT_TOKEN_PER_SESSION: "3/10m" } });
    const { code, proof } = await shopHasCode(gateway);
    const wrong = { code_verifier: pkce().verifier };
    for (const _ of [1, 2, 3]) await exchange(gateway, code, proof, wrong);
    const answer = await exchange(gateway, code, proof);
    expectOauthError(answer, 429, "temporarily_unavailable", "rate-limited");
  });
});

describe("the keys alone, without the store,", () => {
  test("the keys alone, without the store, make no authorization code: the seed of the record is needed", async () => {
    const { code, gateway, proof } = await shopHasCode();
    const { keyring } = gateway.gateway;
    const real = await readBearer(keyring, "code", 25, code);
    if (real === null) throw new Error("not a code");
    const seeds = [new Uint8Array(32), new Uint8Array(32).fill(255), real.locator];
    for (const seed of seeds) {
      const forged = await mintBearer(keyring, "code", real.keyId, real.locator, seed);
      const answer = await exchange(gateway, forged ?? "", proof);
      expectOauthError(answer, 400, "invalid_grant", "token-invalid");
    }
    expect((await exchange(gateway, code, proof)).status).toBe(200);
  });
});
