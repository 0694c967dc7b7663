import { createHmac } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { STAFF_ROLES } from "../../../src/core/roles.ts";
import {
  clock,
  EXPIRED,
  es,
  INVALID,
  NOW,
  NOW_SECONDS,
} from "../../support/core/access-token-fixture.ts";
import {
  LEGACY_HEADER,
  legacy,
  legacyTokens,
  SECRET,
  STAFF,
} from "../../support/core/legacy-token-fixture.ts";
import { compact, publicPart, withKey, withNothing } from "../../support/proxy/forge-token.ts";

const HOUR = 3600;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
afterEach(() => {
  clock.now = NOW;
});

const accepted = (payload: {
  readonly role: string;
  readonly exp: number;
  readonly sub: string;
}) => ({
  ok: true,
  value: { sub: payload.sub, role: payload.role, expiresAt: payload.exp * 1000 },
});
const refused = (name: string, forge: () => string) =>
  it(name, async () => expect(await legacyTokens.verifyStaff(forge())).toEqual(INVALID));
const without = (claim: string) =>
  Object.fromEntries(Object.entries(STAFF).filter(([name]) => name !== claim));

describe("a staff member's own token", () => {
  it("a staff member's own token is taken as the backend makes it, for each role", async () => {
    for (const role of STAFF_ROLES) {
      const payload = { ...STAFF, role };
      expect(await legacyTokens.verifyStaff(legacy(payload))).toEqual(accepted(payload));
    }
  });

  it("a staff member's own token is taken without an e-mail, and with iat, a past nbf, a text jti and a customer", async () => {
    const { email: _, ...bare } = STAFF;
    const rich = { ...STAFF, iat: NOW_SECONDS, nbf: NOW_SECONDS, jti: "j", customer_v2_id: "c-1" };
    for (const payload of [bare, rich]) {
      expect(await legacyTokens.verifyStaff(legacy(payload))).toEqual(accepted(STAFF));
    }
  });

  it("a staff member's own token is good to the last millisecond, and then expired", async () => {
    const token = legacy({ ...STAFF, exp: NOW_SECONDS + 60 });
    clock.now = NOW + 59_999;
    expect((await legacyTokens.verifyStaff(token)).ok).toBe(true);
    clock.now = NOW + 60_000;
    expect(await legacyTokens.verifyStaff(token)).toEqual(EXPIRED);
  });

  it("a staff member's own token may live 25 hours and no second longer", async () => {
    const until = (exp: number) => legacyTokens.verifyStaff(legacy({ ...STAFF, exp }));
    expect((await until(NOW_SECONDS + 25 * HOUR)).ok).toBe(true);
    expect(await until(NOW_SECONDS + 25 * HOUR + 1)).toEqual(INVALID);
    expect(await until(NOW_SECONDS + 26 * HOUR)).toEqual(INVALID);
  });
});

describe("a token under the shared secret is no staff token", () => {
  for (const claim of ["sub", "role", "exp"]) {
    refused(`without ${claim}`, () => legacy(without(claim)));
    refused(`with ${claim} null`, () => legacy({ ...STAFF, [claim]: null }));
    refused(`with ${claim} an operator`, () => legacy({ ...STAFF, [claim]: { $ne: null } }));
    refused(`with ${claim} in a list`, () => legacy({ ...STAFF, [claim]: [STAFF.sub] }));
  }
  refused("with an empty sub", () => legacy({ ...STAFF, sub: "" }));
  refused("with a number for a sub", () => legacy({ ...STAFF, sub: 1 }));
  for (const role of ["customer", "Admin", "ADMIN", "admin ", "superuser", "", "__proto__"]) {
    refused(`with the role ${JSON.stringify(role)}`, () => legacy({ ...STAFF, role }));
  }
  for (const exp of [String(STAFF.exp), STAFF.exp + 0.5, -1, 1e300, true, NOW]) {
    refused(`with exp ${JSON.stringify(exp)}`, () => legacy({ ...STAFF, exp }));
  }
  for (const iss of ["https://door.example", "anybody", "", null, 0]) {
    refused(`with iss ${JSON.stringify(iss)}`, () => legacy({ ...STAFF, iss }));
  }
  for (const aud of ["x", [], null]) {
    refused(`with aud ${JSON.stringify(aud)}`, () => legacy({ ...STAFF, aud }));
  }
  for (const jti of [1, null, {}]) {
    refused(`with jti ${JSON.stringify(jti)}`, () => legacy({ ...STAFF, jti }));
  }
  for (const nbf of [NOW_SECONDS + 1, "0", null, 0.5]) {
    refused(`with nbf ${JSON.stringify(nbf)}`, () => legacy({ ...STAFF, nbf }));
  }
  for (const iat of ["0", 0.5, null]) {
    refused(`with iat ${JSON.stringify(iat)}`, () => legacy({ ...STAFF, iat }));
  }
  for (const body of ["[]", "null", '"text"', "{", ""]) {
    refused(`with the payload ${JSON.stringify(body)}`, () => legacy(body));
  }
  refused("with a payload that is not UTF-8", () =>
    legacy(Buffer.from(JSON.stringify({ ...STAFF, sub: "\u00ff" }), "latin1")),
  );
  refused("of 100 KB", () => legacy({ ...STAFF, email: "x".repeat(100_000) }));
});

describe("a forged header is refused", () => {
  for (const alg of ["none", "None", "NONE", "", "hs256", "HS384", "HS512", "RS256", "ES256"]) {
    refused(`alg ${JSON.stringify(alg)}`, () =>
      legacy(STAFF, { header: { ...LEGACY_HEADER, alg } }),
    );
    refused(`alg ${JSON.stringify(alg)}, unsigned`, () =>
      compact({ ...LEGACY_HEADER, alg }, STAFF, withNothing),
    );
  }
  for (const typ of ["jwt", "at+jwt", undefined, null, 1]) {
    refused(`typ ${JSON.stringify(typ)}`, () => legacy(STAFF, { header: { alg: "HS256", typ } }));
  }
  for (const extra of [
    { kid: "../../dev/null" },
    { kid: "k1" },
    { jwk: { kty: "oct", k: "AAAA" } },
    { jku: "https://attacker.example/jwks.json" },
    { x5u: "https://attacker.example/cert.pem" },
    { crit: ["exp"], exp: 1 },
    { crit: [] },
    { b64: false, crit: ["b64"] },
    { zip: "DEF" },
    { cty: "JWT" },
  ]) {
    refused(JSON.stringify(extra), () => legacy(STAFF, { header: { ...LEGACY_HEADER, ...extra } }));
  }
  for (const [name, secret] of Object.entries({
    "another secret": "another-secret-of-more-than-32-bytes-length",
    "the published fallback": "your-jwt-secret-key",
    "an empty secret": "",
    "the secret decoded as base64": Buffer.from(SECRET, "base64"),
    "the gateway's published key": JSON.stringify(publicPart(es)),
  })) {
    refused(`signed with ${name}`, () => legacy(STAFF, { secret }));
  }
  refused("signed with the gateway's own key", () => compact(LEGACY_HEADER, STAFF, withKey(es)));
});

describe("a token whose text was changed is refused", () => {
  const parts = () => legacy(STAFF).split(".") as [string, string, string];
  refused("with the signature cut off", () => legacy(STAFF).replace(/[^.]+$/, ""));
  refused("with another payload under the old signature", () => {
    const [head, , signature] = parts();
    const body = Buffer.from(JSON.stringify({ ...STAFF, sub: "other" })).toString("base64url");
    return `${head}.${body}.${signature}`;
  });
  it("a token whose text was changed is refused with any character of the signature changed, unused bits included", async () => {
    const [head, body, signature] = parts();
    for (let at = 0; at < signature.length; at++) {
      const other = ALPHABET[ALPHABET.indexOf(signature[at] ?? "") ^ 1];
      const changed = signature.slice(0, at) + other + signature.slice(at + 1);
      expect(await legacyTokens.verifyStaff(`${head}.${body}.${changed}`)).toEqual(INVALID);
    }
  });
  it("a token whose text was changed is refused with a second spelling of its payload, although the signature covers it", async () => {
    // Where the last character has unused bits: the same claims, spelled otherwise and signed anew.
    for (const pad of ["", " ", "  "]) {
      const body = Buffer.from(JSON.stringify(STAFF) + pad).toString("base64url");
      if (body.length % 4 === 0) continue;
      const last = body.at(-1) ?? "";
      const duplicate = body.slice(0, -1) + ALPHABET[ALPHABET.indexOf(last) + 1];
      const head = parts()[0];
      const signature = createHmac("sha256", SECRET)
        .update(`${head}.${duplicate}`)
        .digest("base64url");
      expect(await legacyTokens.verifyStaff(`${head}.${duplicate}.${signature}`)).toEqual(INVALID);
    }
  });
  for (const [name, change] of Object.entries({
    "a space before": (t: string) => ` ${t}`,
    "a newline after": (t: string) => `${t}\n`,
    padding: (t: string) => `${t}=`,
    "a fourth part": (t: string) => `${t}.e30`,
    "its scheme left on": (t: string) => `Bearer ${t}`,
  })) {
    refused(`with ${name}`, () => change(legacy(STAFF)));
  }
  for (const text of ["", ".", "..", "a.b.c", "{}", "e30.e30.e30", "é.é.é"]) {
    refused(`as the text ${JSON.stringify(text)}`, () => text);
  }
});
