import { createPublicKey } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer, call, claimsOf } from "../../support/gateway/client.ts";
import {
  basicAuth,
  codeFor,
  exchange,
  OAUTH_JWKS,
  pageLogin,
  pkce,
  sendForm,
  serviceClient,
  withClients,
} from "../../support/gateway/oauth-client.ts";
import {
  compact,
  type Jwk,
  publicPart,
  withKey,
  withNothing,
  withSecret,
} from "../../support/proxy/forge-token.ts";
import { fetchWorld, OWN_PHONE, type ProxiedWorld } from "../../support/proxy/proxied-world.ts";

const SECRET = "Qm7xV2kd9Rzt4LpWs8Yb3HnJc6Tf1GaE";
const [ES, RS] = (JSON.parse(OAUTH_JWKS) as { keys: [Jwk, Jwk] }).keys;

let world: ProxiedWorld;
/** A session at a client, with tokens that every place takes. */
let good: { readonly access: string; readonly id: string };
beforeAll(async () => {
  world = await fetchWorld({
    env: {
      ...withClients(serviceClient()),
      JWT_PRIVATE_JWKS: OAUTH_JWKS,
      FORWARD_AUTH: "nginx",
      FORWARD_AUTH_SECRET: SECRET,
    },
  });
  const { cookie } = await pageLogin(world.test, { phone: OWN_PHONE });
  const proof = pkce();
  const code = await codeFor(world.test, cookie, proof, { scope: "openid" });
  const { body } = await exchange(world.test, code, proof);
  good = { access: body.access_token, id: body.id_token };
});
afterAll(() => world.stop());

/** Every place that reads an access token, and whether it took this one. */
const PLACES: Readonly<Record<string, (token: string) => Promise<boolean>>> = {
  "GET /auth/me": async (token) =>
    (await call(world.test, "GET", "/auth/me", undefined, bearer(token))).status === 200,
  "GET /auth/userinfo": async (token) =>
    (await call(world.test, "GET", "/auth/userinfo", undefined, bearer(token))).status === 200,
  "POST /auth/introspect": async (token) =>
    (await sendForm(world.test, "/auth/introspect", { token }, basicAuth())).body.active === true,
  "the proxy": async (token) =>
    (
      await world.ask({
        method: "GET",
        target: "/api/billing/settings",
        headers: [["authorization", `Bearer ${token}`]],
      })
    ).status === 200,
  "GET /auth/verify": async (token) =>
    (
      await world.ask({
        method: "GET",
        target: "/auth/verify",
        headers: [
          ["x-forward-auth-secret", SECRET],
          ["x-original-method", "GET"],
          ["x-original-uri", "/api/billing/settings"],
          ["authorization", `Bearer ${token}`],
        ],
      })
    ).status === 200,
};

const pem = (jwk: Jwk) =>
  createPublicKey({ key: publicPart(jwk), format: "jwk" }).export({ format: "pem", type: "spki" });
const head = { alg: "ES256", kid: ES.kid, typ: "at+jwt" };
const again = () => claimsOf(good.access);

/** Each has all claims of the good token, and one thing is wrong. */
const FORGED: Readonly<Record<string, () => string>> = {
  "an ID token": () => good.id,
  "an ID token's type over an access token's claims": () =>
    compact({ ...head, typ: "JWT" }, again(), withKey(ES)),
  "no type": () => compact({ alg: head.alg, kid: head.kid }, again(), withKey(ES)),
  "alg none": () => compact({ ...head, alg: "none" }, again(), withNothing),
  "HS256 under the public key": () =>
    compact({ ...head, alg: "HS256" }, again(), withSecret(pem(ES))),
  "the other key's algorithm": () => compact({ ...head, alg: "RS256" }, again(), withKey(RS)),
  "PS256 under the RS256 key": () =>
    compact({ ...head, alg: "PS256", kid: RS.kid }, again(), withKey(RS)),
  "another issuer": () => compact(head, { ...again(), iss: "https://evil.example" }, withKey(ES)),
  "the client's own audience": () => compact(head, { ...again(), aud: "shop" }, withKey(ES)),
};

describe("a token that is signed or named as another one", () => {
  test("every place takes the client's own access token", async () => {
    for (const [place, takes] of Object.entries(PLACES)) {
      expect(await takes(good.access), place).toBe(true);
    }
  });

  test.each(Object.keys(FORGED))("is taken nowhere as an access token: %s", async (name) => {
    const token = FORGED[name]?.() ?? "";
    for (const [place, takes] of Object.entries(PLACES)) {
      expect(await takes(token), place).toBe(false);
    }
    const revoked = await sendForm(world.test, "/auth/revoke", { token, client_id: "shop" });
    expect([revoked.status, revoked.body]).toEqual([200, {}]);
    expect(await PLACES["GET /auth/me"]?.(good.access), "it revokes nothing").toBe(true);
    expect(world.test.runtime.errors).toEqual([]);
  });

  test("is taken as no hint at a log-out either, where it is no ID token under its own key's algorithm", async () => {
    const claims = claimsOf(good.id);
    const { idTokens } = world.test.gateway;
    const idHead = { alg: "RS256", kid: RS.kid, typ: "JWT" };
    expect(await idTokens.readHint(good.id)).not.toBeNull();
    for (const forged of [
      compact({ ...idHead, alg: "PS256" }, claims, withKey(RS)),
      compact({ ...idHead, alg: "HS256" }, claims, withSecret(pem(RS))),
      compact({ ...idHead, typ: "at+jwt" }, claims, withKey(RS)),
      compact({ ...idHead, alg: "ES256" }, claims, withKey(ES)),
      good.access,
    ]) {
      expect(await idTokens.readHint(forged)).toBeNull();
    }
  });
});
