import {
  createLocalJWKSet,
  decodeJwt,
  decodeProtectedHeader,
  type JSONWebKeySet,
  jwtVerify,
} from "jose";
import { customFetch, validateJwtAccessToken } from "oauth4webapi";
import { describe, expect, it } from "vitest";
import type { AccessClaims } from "../../../src/ports/tokens.ts";
import {
  ACCEPTED,
  AUDIENCE,
  CLAIMS,
  clock,
  createGateway,
  ed,
  es,
  GOOD,
  headerOf,
  ISSUER,
  NOW,
  NOW_SECONDS,
  rs,
  tokens,
} from "../../support/core/access-token-fixture.ts";
import { compact, publicPart, withKey } from "../../support/proxy/forge-token.ts";

describe("an access token", () => {
  it("an access token comes back with the claims that went in, and no customer is null", async () => {
    for (const claims of [CLAIMS, { ...CLAIMS, customer_v2_id: null }]) {
      const { token, expiresInSeconds } = await tokens.issue(claims);
      expect(expiresInSeconds).toBe(900);
      const expiresAt = NOW + 900_000;
      const { jti } = decodeJwt(token);
      expect(await tokens.verify(token)).toEqual({
        ok: true,
        value: { ...claims, jti, expiresAt },
      });
    }
  });

  it("an access token names key, issuer, audience, its own id and its times, and omits a missing customer", async () => {
    const { token } = await tokens.issue({ ...CLAIMS, customer_v2_id: null });
    expect(decodeProtectedHeader(token)).toEqual(headerOf(es));
    const { jti, ...payload } = decodeJwt(token);
    expect(jti).toMatch(/^[0-9a-f-]{36}$/);
    const { customer_v2_id: _, ...rest } = CLAIMS;
    const times = { iat: NOW_SECONDS, exp: NOW_SECONDS + 900 };
    expect(payload).toEqual({ ...rest, iss: ISSUER, aud: AUDIENCE, ...times });
  });

  it("an access token never carries what the caller's object holds besides, and no two share a jti", async () => {
    const rich = { ...CLAIMS, phone: "+919876543210", name: "A", exp: 1 };
    const [a, b] = [await tokens.issue(rich), await tokens.issue(rich)];
    const payload = decodeJwt(a.token);
    expect(payload).not.toHaveProperty("phone");
    expect(payload).not.toHaveProperty("name");
    expect(payload.exp).toBe(NOW_SECONDS + 900);
    expect(decodeJwt(a.token).jti).not.toBe(decodeJwt(b.token).jti);
  });

  it("an access token has the jti that it is given", async () => {
    const { token } = await tokens.issue(CLAIMS, { jti: "of-a-generation" });
    expect(decodeJwt(token).jti).toBe("of-a-generation");
  });

  it("an access token is not issued with claims that verify would refuse", async () => {
    for (const wrong of [{ sub: "" }, { role: "admin" }, { auth_time: 1.5 }]) {
      await expect(tokens.issue({ ...CLAIMS, ...wrong } as AccessClaims)).rejects.toThrow(
        TypeError,
      );
    }
  });

  it("an access token is signed by the first key, and every key verifies, with what node:crypto makes too", async () => {
    for (const jwk of [es, ed, rs]) {
      const rotated = await createGateway([jwk, ...[es, ed, rs].filter((other) => other !== jwk)]);
      const { token } = await rotated.issue(CLAIMS);
      expect(decodeProtectedHeader(token)).toEqual(headerOf(jwk));
      expect(await tokens.verify(token)).toEqual(ACCEPTED);
      const foreign = compact(headerOf(jwk), GOOD, withKey(jwk));
      expect(await tokens.verify(foreign)).toEqual(ACCEPTED);
    }
  });

  it("an access token satisfies jose's own check of claims and type, given only the published keys", async () => {
    const { token } = await tokens.issue(CLAIMS);
    const keys = createLocalJWKSet(tokens.jwks() as unknown as JSONWebKeySet);
    const currentDate = new Date(NOW);
    const expected = { issuer: ISSUER, audience: AUDIENCE, typ: "at+jwt", currentDate };
    expect((await jwtVerify(token, keys, expected)).payload.sub).toBe("u-1");
  });

  it("an access token satisfies oauth4webapi's check of RFC 9068, given only the published keys", async () => {
    clock.now = Date.now();
    const { token } = await tokens.issue(CLAIMS).finally(() => {
      clock.now = NOW;
    });
    const server = { issuer: ISSUER, jwks_uri: `${ISSUER}/.well-known/jwks.json` };
    const request = new Request(AUDIENCE, { headers: { authorization: `Bearer ${token}` } });
    const published = { [customFetch]: async () => Response.json(tokens.jwks()) };
    const claims = await validateJwtAccessToken(server, request, AUDIENCE, published);
    expect(claims.client_id).toBe("doorstep");
  });
});

describe("the published keys", () => {
  it("the published keys are the public members with use, alg and kid, in the order of the setting", () => {
    const members = [
      ["alg", "crv", "kid", "kty", "use", "x", "y"],
      ["alg", "crv", "kid", "kty", "use", "x"],
      ["alg", "e", "kid", "kty", "n", "use"],
    ];
    const { keys } = tokens.jwks();
    expect(keys.map((key) => Object.keys(key).sort())).toEqual(members);
    expect(keys.map((key) => key["kid"])).toEqual([es.kid, ed.kid, rs.kid]);
    expect(keys).toEqual([es, ed, rs].map(publicPart));
  });

  it("the published keys leave out x5c, key_ops and whatever else the setting carries", async () => {
    const own = await createGateway([
      { ...es, x5c: ["MII"], key_ops: ["sign"], ext: true, k: "c2VjcmV0" },
    ]);
    expect(own.jwks().keys).toEqual([publicPart(es)]);
  });
});
