import { describe, expect, it } from "vitest";
import { createAccessTokens } from "../../../src/tokens/access-tokens.ts";
import { PrivateJwksError, readPrivateJwks } from "../../../src/tokens/private-jwks.ts";
import { makeJwk, publicPart } from "../../support/proxy/forge-token.ts";

const [es, other, ed, rs, rsOther] = await Promise.all([
  makeJwk("ES256"),
  makeJwk("ES256"),
  makeJwk("EdDSA"),
  makeJwk("RS256"),
  makeJwk("RS256"),
]);

async function failureOf(jwks: string | object): Promise<Error> {
  const options = { issuer: "i", audience: "a", ttlSeconds: 900, now: Date.now };
  try {
    await createAccessTokens({ privateJwks: readPrivateJwks(jwks), ...options });
    return new Error("accepted");
  } catch (error) {
    return error as Error;
  }
}

async function smallRsaKey(): Promise<object> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 1024,
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  const pair = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { kty, n, e, d, p, q, dp, dq, qi } = await crypto.subtle.exportKey("jwk", pair.privateKey);
  return { kid: "small", alg: "RS256", kty, n, e, d, p, q, dp, dq, qi };
}

const { kid: _kid, ...esWithoutKid } = es;
const { alg: _alg, ...esWithoutAlg } = es;
const { p: _p, ...rsWithoutPrime } = rs;
const secret = { kty: "oct", kid: "s", alg: "HS256", k: "c2VjcmV0LXNlY3JldC1zZWNyZXQ" };
/** What is wrong, the keys after a good first one, and what is said of key 2. */
const BAD_KEYS: readonly (readonly [string, unknown, string])[] = [
  ["no object", "a key", "is not an object"],
  ["null", null, "is not an object"],
  ["a list", [es], "is not an object"],
  ["without kid", esWithoutKid, "has no kid"],
  ["with an empty kid", { ...es, kid: "" }, "has no kid"],
  ["with a kid that is a number", { ...es, kid: 1 }, "has no kid"],
  ["with the kid of the first", { ...ed, kid: other.kid }, "has the kid of an earlier key"],
  ["without alg", esWithoutAlg, "has no alg"],
  ["with alg none", { ...es, alg: "none" }, "needs an alg of ES256, EdDSA, RS256"],
  ["with alg HS256", { ...es, alg: "HS256" }, "needs an alg of ES256, EdDSA, RS256"],
  ["with alg ES384", { ...es, alg: "ES384" }, "needs an alg of ES256, EdDSA, RS256"],
  ["with an alg that every object has", { ...es, alg: "toString" }, "needs an alg of"],
  ["of P-256 with alg RS256", { ...es, alg: "RS256" }, "does not fit its alg: RS256 needs RSA"],
  ["of RSA with alg ES256", { ...rs, alg: "ES256" }, "does not fit its alg: ES256 needs P-256"],
  ["of P-384", { ...es, crv: "P-384" }, "does not fit its alg: ES256 needs P-256"],
  ["of X25519", { ...ed, crv: "X25519" }, "does not fit its alg: EdDSA needs Ed25519"],
  ["symmetric", secret, "is symmetric (oct): its verifiers could sign"],
  ["public", publicPart(es), "is a public key: a private one is needed"],
  ["public RSA", publicPart(rs), "is a public key: a private one is needed"],
  ["for encryption", { ...es, use: "enc" }, 'has a use other than "sig"'],
  ["for verifying only", { ...es, key_ops: ["verify"] }, 'has key_ops other than "sign" and'],
  ["for deriving too", { ...es, key_ops: ["sign", "deriveKey"] }, "has key_ops other than"],
  ["with key_ops as text", { ...es, key_ops: "sign" }, "has key_ops other than"],
  ["with d in base64", { ...es, d: "a+/=" }, "needs d in base64url"],
  ["with d as a number", { ...es, d: 1 }, "needs d in base64url"],
  ["without a prime", rsWithoutPrime, "needs p in base64url"],
  ["with three primes", { ...rs, oth: [] }, "has more than two primes"],
  ["with a short d", { ...es, d: "AQ" }, "is not a valid ES256 key"],
  ["with a point off the curve", { ...es, x: es["y"], y: es["x"] }, "is not a valid ES256 key"],
  ["of 1024 bits", await smallRsaKey(), "has less than 2048 bits"],
];
const MIXED_HALVES: readonly (readonly [string, object])[] = [
  ["ES256", { ...es, d: other["d"] }],
  ["EdDSA", { ...ed, x: (await makeJwk("EdDSA"))["x"] }],
  ["RS256", { ...rs, n: rsOther["n"] }],
];

describe("JWT_PRIVATE_JWKS is refused by name and position, never by value, with a key", () => {
  for (const [name, key, said] of BAD_KEYS) {
    it(name, async () => {
      const error = await failureOf({ keys: [other, key] });
      expect(error).toBeInstanceOf(PrivateJwksError);
      expect(error.message).toContain(`JWT_PRIVATE_JWKS key 2 ${said}`);
      expectNothingQuoted(error);
    });
  }
  for (const [alg, key] of MIXED_HALVES) {
    it(`JWT_PRIVATE_JWKS is refused by name and position, never by value, with a key whose ${alg} halves belong to two keys, which would sign what nobody accepts`, async () => {
      const error = await failureOf({ keys: [other, key] });
      expect(error.message).toMatch(
        /^JWT_PRIVATE_JWKS key 2 (is not a valid \w+ key|has halves that do not belong together)$/,
      );
      expectNothingQuoted(error);
    });
  }
});

describe("JWT_PRIVATE_JWKS is refused as a whole where it", () => {
  for (const [name, jwks, said] of [
    ["is empty", "", "is not JSON"],
    ["is cut off", JSON.stringify({ keys: [es] }).slice(0, -1), "is not JSON"],
    ["kept the quotes of a shell", `'${JSON.stringify({ keys: [es] })}'`, "is not JSON"],
    ["is null", "null", "is no key set"],
    ["is a list", JSON.stringify([es]), "is no key set"],
    ["is a single key", JSON.stringify(es), "is no key set"],
    ["has keys that are no list", { keys: es }, "is no key set"],
    ["has no keys", '{"keys":[]}', "holds no keys"],
  ] as const) {
    it(name, async () => {
      const error = await failureOf(jwks);
      expect(error).toBeInstanceOf(PrivateJwksError);
      expect(error.message).toContain(`JWT_PRIVATE_JWKS ${said}`);
      expectNothingQuoted(error);
    });
  }
});

/** JSON.parse and WebCrypto quote what they choke on: neither text nor cause may come through. */
function expectNothingQuoted(error: Error): void {
  expect(error.cause).toBeUndefined();
  for (const jwk of [es, other, ed, rs, secret as Record<string, unknown>]) {
    for (const name of ["d", "x", "n", "k", "p", "kid"]) {
      const value = jwk[name];
      if (typeof value !== "string" || value.length < 8) continue;
      expect(error.message).not.toContain(value.slice(0, 8));
    }
  }
}
