import { createHash, createPublicKey } from "node:crypto";
import { compactVerify, decodeProtectedHeader, importJWK } from "jose";
import { describe, expect, test } from "vitest";
import { bearer, call, claimsOf, refresh } from "../../support/gateway/client.ts";
import {
  codeFor,
  exchange,
  OAUTH_ENV,
  OAUTH_JWKS,
  oauthGateway,
  pageLogin,
  pkce,
  withClients,
} from "../../support/gateway/oauth-client.ts";
import {
  PUBLIC_URL,
  START,
  type TestGateway,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import {
  compact,
  type Jwk,
  publicPart,
  withKey,
  withSecret,
} from "../../support/proxy/forge-token.ts";

const [SHOP] = JSON.parse(OAUTH_ENV.OAUTH_CLIENTS);
const ALL = "openid profile phone offline_access email";

async function tokensOf(test: TestGateway, more: Readonly<Record<string, string>> = {}) {
  const { cookie } = await pageLogin(test);
  test.clock.advance(60_000);
  const proof = pkce();
  const code = await codeFor(test, cookie, proof, more);
  const answer = await exchange(test, code, proof);
  expect(answer.status).toBe(200);
  return answer.body;
}

/** The private key that a token names. */
function keyOf(token: string): Jwk {
  const { kid } = decodeProtectedHeader(token);
  const key = (JSON.parse(OAUTH_JWKS) as { keys: Jwk[] }).keys.find((one) => one.kid === kid);
  if (key === undefined) throw new Error("no key of ours");
  return key;
}

/** The header of a token with a good signature. */
async function verified(idToken: string, alg: string): Promise<object> {
  const key = await importJWK({ ...publicPart(keyOf(idToken)) }, alg);
  return (await compactVerify(idToken, key, { algorithms: [alg] })).protectedHeader;
}

const halfHash = (token: string): string =>
  createHash("sha256").update(token).digest().subarray(0, 16).toString("base64url");

describe("the ID token of a client with the scope openid", () => {
  test("an ID token names issuer, client, login, session and person, and says what was granted", async () => {
    const gateway = await oauthGateway();
    const body = await tokensOf(gateway, { scope: ALL, nonce: "n-1" });
    expect(body.scope).toBe("openid profile phone offline_access");
    expect(await verified(body.id_token, "RS256")).toEqual({
      alg: "RS256",
      kid: expect.any(String),
      typ: "JWT",
    });
    const seconds = START / 1000;
    const access = claimsOf(body.access_token);
    expect(claimsOf(body.id_token)).toEqual({
      iss: PUBLIC_URL,
      sub: body.user.id,
      aud: "shop",
      iat: seconds + 60,
      exp: seconds + 60 + 900,
      auth_time: seconds,
      amr: ["otp", "sms"],
      nonce: "n-1",
      at_hash: halfHash(body.access_token),
      sid: access["sid"],
      name: body.user.name,
      phone_number: "+919876500001",
      phone_number_verified: true,
    });
  });

  test("an ID token holds no name and no phone that was not asked for, and no nonce where none was", async () => {
    const body = await tokensOf(await oauthGateway(), { scope: "openid" });
    const claims = claimsOf(body.id_token);
    for (const name of ["name", "phone_number", "phone_number_verified", "nonce"]) {
      expect(claims).not.toHaveProperty(name);
    }
    expect(body.scope).toBe("openid offline_access");
  });

  test("no ID token is issued without the scope openid, and none to a client that may not have it", async () => {
    expect((await tokensOf(await oauthGateway(), { scope: "profile" })).id_token).toBeUndefined();
    const env = withClients({ ...SHOP, scope: "phone" });
    const body = await tokensOf(await oauthGateway({ env }), { scope: ALL });
    expect([body.id_token, body.scope]).toEqual([undefined, "phone offline_access"]);
  });

  test("an ID token is under ES256 for a client that says so", async () => {
    const env = withClients({ ...SHOP, id_token_signed_response_alg: "ES256" });
    const gateway = await oauthGateway({ env });
    const body = await tokensOf(gateway, { scope: "openid" });
    expect(await verified(body.id_token, "ES256")).toMatchObject({ alg: "ES256" });
  });

  test("a refresh gives an ID token of the same login, without the nonce", async () => {
    const gateway = await oauthGateway();
    const first = await tokensOf(gateway, { scope: ALL, nonce: "n-1" });
    gateway.clock.advance(600_000);
    const { body } = await refresh(gateway, first.refresh_token, { client_id: "shop" });
    const { nonce: _, ...before } = claimsOf(first.id_token);
    const { iat, exp, at_hash, ...same } = claimsOf(body.id_token);
    expect(before).toMatchObject(same);
    expect([iat, exp]).toEqual([START / 1000 + 660, START / 1000 + 1560]);
    expect(at_hash).toBe(halfHash(body.access_token));
  });
});

describe("a confusion of tokens and algorithms", () => {
  test("an ID token opens nothing as an access token", async () => {
    const gateway = await oauthGateway();
    const { id_token } = await tokensOf(gateway, { scope: ALL });
    for (const path of ["/auth/me", "/auth/sessions"]) {
      expect((await call(gateway, "GET", path, undefined, bearer(id_token))).status).toBe(401);
    }
  });

  test("a hint is read from an ID token of ours, expired or not, and from no other token", async () => {
    const gateway = await oauthGateway();
    const { access_token, id_token } = await tokensOf(gateway, { scope: ALL });
    const { idTokens } = gateway.gateway;
    const { aud, sid, sub } = claimsOf(id_token) as Record<string, string>;
    gateway.clock.advance(365 * 86_400_000);
    expect(await idTokens.readHint(id_token)).toEqual({ aud, sid, sub });
    const claims = claimsOf(id_token);
    const jwk = keyOf(id_token);
    const key = createPublicKey({ key: publicPart(jwk), format: "jwk" });
    const pem = withSecret(key.export({ format: "pem", type: "spki" }));
    const header = { typ: "JWT", kid: jwk.kid };
    for (const bad of [
      access_token,
      ...["HS256", "RS256", "none"].map((alg) => compact({ ...header, alg }, claims, pem)),
      compact({ ...header, alg: "RS256", typ: "at+jwt" }, claims, withKey(jwk)),
      compact({ ...header, alg: "RS256" }, { ...claims, iss: "https://evil.com" }, withKey(jwk)),
      `${id_token.split(".").slice(0, 2).join(".")}.AAAA`,
      "",
      "x",
    ]) {
      expect(await idTokens.readHint(bad), bad.slice(0, 40)).toBeNull();
    }
  });
});

describe("the start", () => {
  test("a gateway without an RSA key does not start for a client that wants RS256, and names the client", async () => {
    const start = testGateway({ env: OAUTH_ENV });
    await expect(start).rejects.toThrow(/client shop gets ID tokens under RS256/);
    await expect(start).rejects.toThrow(/client app gets/);
  });
});
