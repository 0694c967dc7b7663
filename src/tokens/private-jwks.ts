import { isJsonObject, type JsonObject, parsedJson } from "../core/json.ts";

/** The signature algorithms that a key of ours may name (RFC 7518 section 3.1, RFC 8037). */
export type SigningAlgorithm = "ES256" | "EdDSA" | "RS256";

/** One checked key of JWT_PRIVATE_JWKS: only the members of its algorithm. */
export interface SigningJwk {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  /** `kty` and the public members: `crv, x, y`, `crv, x` or `n, e`. */
  readonly publicMembers: Readonly<Record<string, string>>;
  /** `d`, for RSA `p, q, dp, dq, qi` too. */
  readonly privateMembers: Readonly<Record<string, string>>;
  /** `iat`: when `doorstep keys generate` made it, in epoch s; null for a key without it. */
  readonly madeAt: number | null;
}

/**
 * A JWT_PRIVATE_JWKS that cannot be used. The message names the setting and the position of the key
 * (counted from 1), never a value, and there is no `cause`: a parser's text quotes its input.
 */
export class PrivateJwksError extends Error {
  constructor(problem: string) {
    super(`JWT_PRIVATE_JWKS ${problem}`);
    this.name = "PrivateJwksError";
  }
}

interface KeyShape {
  readonly kty: string;
  readonly crv: string | null;
  readonly publicMembers: readonly string[];
  readonly privateMembers: readonly string[];
}

const SHAPES: Readonly<Record<SigningAlgorithm, KeyShape>> = {
  ES256: { kty: "EC", crv: "P-256", publicMembers: ["x", "y"], privateMembers: ["d"] },
  EdDSA: { kty: "OKP", crv: "Ed25519", publicMembers: ["x"], privateMembers: ["d"] },
  RS256: {
    kty: "RSA",
    crv: null,
    publicMembers: ["n", "e"],
    privateMembers: ["d", "p", "q", "dp", "dq", "qi"],
  },
};

/** Every algorithm that a key may name; the gateway makes keys of the first. */
export const SIGNING_ALGORITHMS = Object.keys(SHAPES) as readonly SigningAlgorithm[];

/**
 * The private keys of an RFC 7517 set, `{"keys": [...]}` as text or as an object, in their order.
 * Checks names and shapes; only the import shows whether the numbers form a key.
 *
 * @throws PrivateJwksError
 */
export function readPrivateJwks(jwks: string | object): readonly SigningJwk[] {
  const set = typeof jwks === "string" ? parsedJson(jwks) : jwks;
  if (set === undefined) {
    throw new PrivateJwksError("is not JSON (quotes around it belong to the shell)");
  }
  const keys = isJsonObject(set) ? set["keys"] : undefined;
  if (!Array.isArray(keys)) throw new PrivateJwksError('is no key set ({"keys": [...]})');
  if (keys.length === 0) throw new PrivateJwksError("holds no keys");
  const seen = new Set<string>();
  return keys.map((key: unknown, index) => {
    const problem = (text: string) => new PrivateJwksError(`key ${index + 1} ${text}`);
    if (!isJsonObject(key)) throw problem("is not an object");
    const jwk = readKey(key, problem);
    if (seen.has(jwk.kid)) throw problem("has the kid of an earlier key");
    seen.add(jwk.kid);
    return jwk;
  });
}

function readKey(key: JsonObject, problem: (text: string) => Error): SigningJwk {
  if (key["kty"] === "oct") throw problem("is symmetric (oct): its verifiers could sign");
  const { kid, alg } = key;
  if (typeof kid !== "string" || kid === "") throw problem("has no kid");
  if (alg === undefined) throw problem("has no alg");
  const algorithm = SIGNING_ALGORITHMS.find((name) => name === alg);
  if (algorithm === undefined) throw problem(`needs an alg of ${SIGNING_ALGORITHMS.join(", ")}`);
  const shape = SHAPES[algorithm];
  if (key["kty"] !== shape.kty || (shape.crv !== null && key["crv"] !== shape.crv)) {
    throw problem(`does not fit its alg: ${algorithm} needs ${shape.crv ?? shape.kty}`);
  }
  if (key["d"] === undefined) throw problem("is a public key: a private one is needed");
  if (key["oth"] !== undefined) throw problem("has more than two primes");
  checkUse(key, problem);
  const base = shape.crv === null ? { kty: shape.kty } : { kty: shape.kty, crv: shape.crv };
  return {
    kid,
    alg: algorithm,
    publicMembers: { ...base, ...pick(key, shape.publicMembers, problem) },
    privateMembers: pick(key, shape.privateMembers, problem),
    madeAt: Number.isSafeInteger(key["iat"]) ? Number(key["iat"]) : null,
  };
}

/** RFC 7517 sections 4.2 and 4.3: a key that is declared for another purpose does not sign. */
function checkUse(key: JsonObject, problem: (text: string) => Error): void {
  const { use, key_ops: operations } = key;
  if (use !== undefined && use !== "sig") throw problem('has a use other than "sig"');
  if (operations === undefined) return;
  const fits =
    Array.isArray(operations) &&
    operations.includes("sign") &&
    operations.every((operation) => operation === "sign" || operation === "verify");
  if (!fits) throw problem('has key_ops other than "sign" and "verify"');
}

function pick(key: JsonObject, names: readonly string[], problem: (text: string) => Error) {
  const members: Record<string, string> = {};
  for (const name of names) {
    const value = key[name];
    if (typeof value !== "string" || !/^[\w-]+$/.test(value)) {
      throw problem(`needs ${name} in base64url`);
    }
    members[name] = value;
  }
  return members;
}
