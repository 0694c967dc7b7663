import { createLocalJWKSet, decodeJwt, type JSONWebKeySet, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { createAccessTokens } from "../../../src/tokens/access-tokens.ts";
import { readPrivateJwks } from "../../../src/tokens/private-jwks.ts";
import {
  ACCEPTED,
  AUDIENCE,
  CLAIMS,
  clock,
  EXPIRED,
  es,
  GOOD,
  headerOf,
  INVALID,
  ISSUER,
  NOW,
  NOW_SECONDS,
  signed,
  tokens,
} from "../../support/core/access-token-fixture.ts";
import { compact, makeJwk, withKey } from "../../support/proxy/forge-token.ts";

const without = (claim: string) =>
  Object.fromEntries(Object.entries(GOOD).filter(([name]) => name !== claim));

describe("a token whose claims do not hold", () => {
  const refused = (name: string, payload: object) =>
    it(`a token with invalid claims is invalid ${name}`, async () => {
      expect(await tokens.verify(signed(payload))).toEqual(INVALID);
    });
  const required = [
    "iss",
    "aud",
    "exp",
    "iat",
    "jti",
    "sub",
    "role",
    "sid",
    "client_id",
    "auth_time",
    "amr",
  ];
  for (const claim of required) {
    refused(`without ${claim}`, without(claim));
    refused(`with ${claim} null`, { ...GOOD, [claim]: null });
    refused(`with ${claim} an object`, { ...GOOD, [claim]: { $ne: 1 } });
  }
  for (const claim of ["sub", "sid", "client_id", "jti", "customer_v2_id"]) {
    for (const value of ["", 7, ["u-1"], true]) {
      refused(`with ${claim} ${JSON.stringify(value)}`, { ...GOOD, [claim]: value });
    }
  }
  for (const claim of ["exp", "iat", "auth_time", "nbf"]) {
    for (const value of [String(GOOD.exp), GOOD.iat + 0.5, -1, 1e300]) {
      refused(`with ${claim} ${JSON.stringify(value)}`, { ...GOOD, [claim]: value });
    }
  }
  refused("with customer_v2_id null in the text", { ...GOOD, customer_v2_id: null });
  for (const role of ["admin", "Customer", "customer ", "", ["customer"]]) {
    refused(`with role ${JSON.stringify(role)}`, { ...GOOD, role });
  }
  for (const amr of ["otp", [1], [""], [["otp"]], { 0: "otp" }]) {
    refused(`with amr ${JSON.stringify(amr)}`, { ...GOOD, amr });
  }
  for (const iss of [`${ISSUER}/`, ISSUER.toUpperCase(), "https://door.example.evil", [ISSUER]]) {
    refused(`with iss ${JSON.stringify(iss)}`, { ...GOOD, iss });
  }
  for (const aud of [
    ["https://other.example"],
    ["https://other.example", AUDIENCE],
    [AUDIENCE],
    [],
    `${AUDIENCE}/`,
    "",
  ]) {
    refused(`with aud ${JSON.stringify(aud)}`, { ...GOOD, aud });
  }

  it("a token is expired from the second of exp on, to the millisecond, and valid before", async () => {
    for (const [before, outcome] of [
      [1, ACCEPTED],
      [0, EXPIRED],
      [-1, EXPIRED],
      [-1000, EXPIRED],
    ] as const) {
      clock.now = GOOD.exp * 1000 - before;
      expect(await tokens.verify(signed(GOOD))).toEqual(outcome);
    }
    clock.now = NOW;
    expect(await tokens.verify(signed({ ...GOOD, exp: NOW_SECONDS - 1 }))).toEqual(EXPIRED);
  });

  it("a token with invalid claims is invalid, not expired, where it is expired and wrong besides", async () => {
    const old = { ...GOOD, exp: NOW_SECONDS - 1 };
    expect(await tokens.verify(signed({ ...old, role: "admin" }))).toEqual(INVALID);
    expect(
      await tokens.verify(compact(headerOf(es), old, withKey(await makeJwk("ES256")))),
    ).toEqual(INVALID);
  });

  it("a token may be issued up to 60 s ahead by another node's clock, and no further", async () => {
    for (const claim of ["iat", "nbf"]) {
      const at = (seconds: number) => signed({ ...GOOD, [claim]: NOW_SECONDS + seconds });
      expect(await tokens.verify(at(60))).toEqual(ACCEPTED);
      expect(await tokens.verify(at(61))).toEqual(INVALID);
    }
  });
});

describe("the audience of a token", () => {
  const COMPAT_AUDIENCE = `${ISSUER}/compat`;
  const compat = { ...GOOD, client_id: "compat", aud: COMPAT_AUDIENCE };

  it("the audience of a token is of its own for the old web app, which is told a token of a day", async () => {
    const claims = { ...CLAIMS, client_id: "compat" };
    const { expiresInSeconds, token } = await tokens.issue(claims, { ttlSeconds: 86_400 });
    expect(expiresInSeconds).toBe(86_400);
    expect(decodeJwt(token)).toMatchObject({ aud: COMPAT_AUDIENCE, exp: NOW_SECONDS + 86_400 });
    const expiresAt = NOW + 86_400_000;
    expect(await tokens.verify(token)).toEqual({
      ok: true,
      value: { ...claims, jti: expect.any(String), expiresAt },
    });
  });

  const refused = (name: string, payload: object) =>
    it(`the audience of a token: ${name} is invalid`, async () => {
      expect(await tokens.verify(signed(payload))).toEqual(INVALID);
    });
  refused("JWT_AUDIENCE for the old web app", { ...compat, aud: AUDIENCE });
  refused("the issuer for the old web app", { ...compat, aud: ISSUER });
  refused("a list for the old web app", { ...compat, aud: [COMPAT_AUDIENCE, AUDIENCE] });
  refused("the issuer for another client", { ...GOOD, aud: ISSUER });
  refused("the old web app's for another client", { ...GOOD, aud: COMPAT_AUDIENCE });
  refused("the issuer for a client that is called almost so", {
    ...compat,
    client_id: "Compat",
  });

  it("the audience of a token is no service's for the old web app, under any JWT_AUDIENCE", async () => {
    for (const audience of [ISSUER, `${ISSUER}/`, AUDIENCE, "compat"]) {
      const door = await createAccessTokens({
        privateJwks: readPrivateJwks({ keys: [es] }),
        issuer: ISSUER,
        audience,
        ttlSeconds: 900,
        now: () => NOW,
      });
      const { token } = await door.issue({ ...CLAIMS, client_id: "compat" });
      const keys = createLocalJWKSet(door.jwks() as JSONWebKeySet);
      const currentDate = new Date(NOW);
      // A service that trusts the published keys and checks `aud`, as RFC 9068 section 4 asks for.
      for (const accepted of [ISSUER, audience]) {
        const checked = jwtVerify(token, keys, { issuer: ISSUER, audience: accepted, currentDate });
        await expect(checked, `${audience} ${accepted}`).rejects.toThrow('unexpected "aud"');
      }
      expect((await door.verify(token)).ok).toBe(true);
    }
  });
});
