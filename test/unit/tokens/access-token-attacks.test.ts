import { createPublicKey } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  ACCEPTED,
  ed,
  es,
  GOOD,
  headerOf,
  INVALID,
  rs,
  signed,
  tokens,
} from "../../support/core/access-token-fixture.ts";
import {
  compact,
  type Jwk,
  makeJwk,
  publicPart,
  withKey,
  withNothing,
  withSecret,
} from "../../support/proxy/forge-token.ts";

const refused = (name: string, forge: () => string) =>
  it(name, async () => expect(await tokens.verify(forge())).toEqual(INVALID));

describe("a token is invalid", () => {
  it("the payload that the attacks start from is valid", async () => {
    expect(await tokens.verify(signed(GOOD))).toEqual(ACCEPTED);
  });

  for (const alg of ["none", "None", "NONE", ""]) {
    refused(`with alg "${alg}", unsigned`, () =>
      compact({ ...headerOf(es), alg }, GOOD, withNothing),
    );
    refused(`with alg "${alg}", signed`, () => signed(GOOD, { ...headerOf(es), alg }));
  }
  refused("with the signature cut off", () => signed(GOOD).replace(/[^.]+$/, ""));
  for (const alg of ["ES384", "ES256K", "HS256", "RS256", "EdDSA"]) {
    refused(`with an ES256 signature that calls itself ${alg}`, () =>
      signed(GOOD, { ...headerOf(es), alg }),
    );
  }
  refused("with an RS256 key used as PS256", () =>
    compact({ ...headerOf(rs), alg: "PS256" }, GOOD, withKey(rs)),
  );
  refused("with EdDSA named Ed25519, which the key does not name", () =>
    compact({ ...headerOf(ed), alg: "Ed25519" }, GOOD, withKey(ed)),
  );

  const pem = (jwk: Jwk) =>
    createPublicKey({ key: publicPart(jwk), format: "jwk" }).export({
      type: "spki",
      format: "pem",
    });
  const secrets: Record<string, () => string | Buffer> = {
    "the public PEM of ES256": () => pem(es),
    "the public PEM of RS256": () => pem(rs),
    "the published JWK": () => JSON.stringify(tokens.jwks().keys[0]),
    "the published key's x": () => Buffer.from(String(es["x"]), "base64url"),
    "an empty secret": () => "",
  };
  for (const [name, secret] of Object.entries(secrets)) {
    refused(`with HS256 under ${name}`, () =>
      compact({ ...headerOf(es), alg: "HS256" }, GOOD, withSecret(secret())),
    );
  }

  refused("signed by one key under the kid and alg of another", () =>
    compact(headerOf(ed), GOOD, withKey(es)),
  );
  refused("signed by one key under the kid of another", () =>
    signed(GOOD, { ...headerOf(es), kid: ed.kid }),
  );
  for (const kid of [undefined, null, "", "unknown", 0, ["a"], "__proto__", "constructor"]) {
    refused(`with the kid ${JSON.stringify(kid)}`, () => signed(GOOD, { ...headerOf(es), kid }));
  }
  for (const typ of ["JWT", undefined, "at+JWT", "application/at+jwt", "dpop+jwt", 1]) {
    refused(`with typ ${JSON.stringify(typ)}`, () => signed(GOOD, { ...headerOf(es), typ }));
  }

  it("a token is invalid with a key of the attacker's own in the header, by value, address or certificate", async () => {
    const own = await makeJwk("ES256");
    for (const kid of [own.kid, es.kid, undefined]) {
      for (const brought of [
        { jwk: publicPart(own) },
        { jku: "https://attacker.example/jwks.json" },
        { x5u: "https://attacker.example/cert.pem" },
        { x5c: ["MIIB"] },
      ]) {
        const forged = compact({ ...headerOf(own), kid, ...brought }, GOOD, withKey(own));
        expect(await tokens.verify(forged)).toEqual(INVALID);
      }
    }
  });
  refused("with our own jwk in the header, even where the signature holds", () =>
    signed(GOOD, { ...headerOf(es), jwk: publicPart(es) }),
  );

  refused("with an unencoded payload (b64: false, RFC 7797)", () => {
    const head = { ...headerOf(es), b64: false, crit: ["b64"] };
    const encoded = Buffer.from(JSON.stringify(head)).toString("base64url");
    const body = JSON.stringify(GOOD);
    const input = `${encoded}.${body}`;
    return `${input}.${withKey(es)(input).toString("base64url")}`;
  });
  for (const extra of [
    { crit: ["b64"], b64: true },
    { crit: ["b64"], b64: false },
    { crit: ["exp"], exp: 1 },
    { crit: [] },
    { zip: "DEF" },
    { cty: "JWT" },
  ]) {
    refused(`with the header ${JSON.stringify(extra)}`, () =>
      signed(GOOD, { ...headerOf(es), ...extra }),
    );
  }
});

describe("a token whose text was changed is invalid", () => {
  const parts = () => signed(GOOD).split(".") as [string, string, string];
  refused("with another payload under the old signature", () => {
    const [head, , signature] = parts();
    const body = Buffer.from(JSON.stringify({ ...GOOD, sub: "u-2" })).toString("base64url");
    return `${head}.${body}.${signature}`;
  });
  refused("with another header under the old signature", () => {
    const [, body, signature] = parts();
    const head = Buffer.from(JSON.stringify({ ...headerOf(es), x: 1 })).toString("base64url");
    return `${head}.${body}.${signature}`;
  });
  it("a token whose text was changed is invalid with any single character of the signature changed, unused bits included", async () => {
    const [head, body, signature] = parts();
    for (let at = 0; at < signature.length; at++) {
      const other = signature[at] === "A" ? "B" : "A";
      const changed = signature.slice(0, at) + other + signature.slice(at + 1);
      expect(await tokens.verify(`${head}.${body}.${changed}`)).toEqual(INVALID);
    }
    const last = signature.at(-1) ?? "";
    const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const duplicate = ALPHABET[ALPHABET.indexOf(last) + 1] ?? "";
    expect(await tokens.verify(`${head}.${body}.${signature.slice(0, -1)}${duplicate}`)).toEqual(
      INVALID,
    );
  });
  for (const [name, change] of Object.entries({
    "a space before": (t: string) => ` ${t}`,
    "a newline after": (t: string) => `${t}\n`,
    padding: (t: string) => `${t}==`,
    "a fourth part": (t: string) => `${t}.e30`,
    "a fifth part (JWE)": (t: string) => `${t}.e30.e30`,
    "its scheme left on": (t: string) => `Bearer ${t}`,
    "an all-zero signature": (t: string) => t.replace(/[^.]+$/, "A".repeat(86)),
    "a DER-length signature": (t: string) => t.replace(/[^.]+$/, "A".repeat(96)),
  })) {
    refused(`with ${name}`, () => change(signed(GOOD)));
  }
  for (const text of ["", ".", "..", "...", "a.b.c", "{}", "e30.e30.e30", "\u0000", "é.é.é"]) {
    refused(`as the text ${JSON.stringify(text)}`, () => text);
  }
  refused("of 100 KB, even where the signature holds", () =>
    signed({ ...GOOD, amr: ["x".repeat(100_000)] }),
  );
  it("a token of 100 KB of anything is invalid at once", async () => {
    const before = performance.now();
    for (const text of ["a".repeat(100_000), ".".repeat(100_000), "a.".repeat(50_000)]) {
      expect(await tokens.verify(text)).toEqual(INVALID);
    }
    expect(performance.now() - before).toBeLessThan(250);
  });
  for (const body of ["[]", "null", '"text"', "{", ""]) {
    refused(`with the signed payload ${JSON.stringify(body)}`, () => signed(body));
  }
  refused("with a signed payload that is not UTF-8", () =>
    signed(Buffer.from(JSON.stringify({ ...GOOD, sub: "u-\u00ff" }), "latin1")),
  );
  refused("as a legacy token (LEGACY 4): HS256, typ JWT, no kid", () => {
    const { iss: _, aud: _aud, ...claims } = GOOD;
    return compact({ alg: "HS256", typ: "JWT" }, claims, withSecret("your-jwt-secret-key"));
  });
});
