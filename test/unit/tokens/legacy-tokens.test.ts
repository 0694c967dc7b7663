import { createHmac } from "node:crypto";
import { jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import type { CustomerId, UserId } from "../../../src/core/ids.ts";
import type { LegacyClaims } from "../../../src/ports/tokens.ts";
import {
  CLAIMS,
  clock,
  INVALID,
  ISSUER,
  NOW,
  NOW_SECONDS,
  tokens,
} from "../../support/core/access-token-fixture.ts";
import { LEGACY_HEADER, legacyTokens, SECRET } from "../../support/core/legacy-token-fixture.ts";

const CUSTOMER: LegacyClaims = {
  sub: "u-1" as UserId,
  role: "customer",
  email: "asha@example.com",
  customer_v2_id: "c-1" as CustomerId,
};
const partsOf = (token: string) =>
  token
    .split(".")
    .slice(0, 2)
    .map((part) => Buffer.from(part, "base64url").toString());
const payloadOf = (token: string) => JSON.parse(partsOf(token)[1] ?? "");

describe("a token minted for the upstream", () => {
  it("a token minted for the upstream has the header of the legacy login, letter by letter", async () => {
    const { token } = await legacyTokens.mint(CUSTOMER);
    expect(partsOf(token)[0]).toBe('{"alg":"HS256","typ":"JWT"}');
  });

  it("a token minted for the upstream has the claims of LEGACY 4 and no other, for five minutes", async () => {
    const { expiresAt, token } = await legacyTokens.mint(CUSTOMER);
    const { jti, ...payload } = payloadOf(token);
    expect(typeof jti).toBe("string");
    const times = { iat: NOW_SECONDS, exp: NOW_SECONDS + 300 };
    expect(payload).toEqual({ ...CUSTOMER, iss: ISSUER, ...times });
    expect(expiresAt).toBe(NOW + 300_000);
  });

  it("a token minted for the upstream has whole seconds, whatever the clock says", async () => {
    clock.now = NOW + 999;
    const { expiresAt, token } = await legacyTokens.mint(CUSTOMER).finally(() => {
      clock.now = NOW;
    });
    expect(payloadOf(token)).toMatchObject({ iat: NOW_SECONDS, exp: NOW_SECONDS + 300 });
    expect(expiresAt).toBe(NOW + 300_000);
  });

  it("a token minted for the upstream leaves out what there is none of", async () => {
    const staff = { ...CUSTOMER, role: "admin", email: null, customer_v2_id: null } as const;
    const { token } = await legacyTokens.mint(staff);
    expect(Object.keys(payloadOf(token)).sort()).toEqual([
      "exp",
      "iat",
      "iss",
      "jti",
      "role",
      "sub",
    ]);
  });

  it("a token minted for the upstream carries nothing that the caller's object holds besides, and an id of its own", async () => {
    const rich = { ...CUSTOMER, aud: "x", nbf: 1, password_hash: "x" };
    const [a, b] = [await legacyTokens.mint(rich), await legacyTokens.mint(rich)];
    for (const name of ["aud", "nbf", "password_hash"]) {
      expect(payloadOf(a.token)).not.toHaveProperty(name);
    }
    expect(payloadOf(a.token).jti).not.toBe(payloadOf(b.token).jti);
  });

  it("a token minted for the upstream is signed by the secret's UTF-8 bytes, as the backend checks it", async () => {
    const { token } = await legacyTokens.mint(CUSTOMER);
    const [head, body, signature] = token.split(".");
    const expected = createHmac("sha256", SECRET).update(`${head}.${body}`).digest("base64url");
    expect(signature).toBe(expected);
    const checked = await jwtVerify(token, Buffer.from(SECRET), { currentDate: new Date(NOW) });
    expect(checked.protectedHeader).toEqual(LEGACY_HEADER);
  });

  it("a token minted for the upstream is not minted for nobody, nor for a role that the backend does not know", async () => {
    for (const wrong of [{ sub: "" }, { role: "root" }, { sub: undefined }, { role: "Admin" }]) {
      const claims = { ...CUSTOMER, ...wrong } as LegacyClaims;
      await expect(legacyTokens.mint(claims)).rejects.toThrow(TypeError);
    }
  });

  it("a token minted for the upstream opens nothing here, should it get out: it has an issuer", async () => {
    for (const role of ["customer", "admin"] as const) {
      const { token } = await legacyTokens.mint({ ...CUSTOMER, role });
      expect(await legacyTokens.verifyStaff(token)).toEqual(INVALID);
      expect(await tokens.verify(token)).toEqual(INVALID);
    }
  });

  it("and an access token of the gateway is no staff token", async () => {
    const { token } = await tokens.issue(CLAIMS);
    expect(await legacyTokens.verifyStaff(token)).toEqual(INVALID);
  });
});
