import { calculateJwkThumbprint, exportJWK, generateKeyPair } from "jose";
import { digestOf, toBase64url } from "../core/bytes.ts";
import type { SigningAlgorithm } from "./private-jwks.ts";

export interface GenerateKeysOptions {
  /** Of the signing keys, the first of which signs access tokens. Default ES256 and RS256. */
  readonly algorithms?: readonly SigningAlgorithm[];
  /** Epoch ms; names the month in the id of the secret key, and the second in the signing key. */
  readonly now?: () => number;
}

/** Values of the settings, as text. */
export interface GeneratedKeys {
  /** JWT_PRIVATE_JWKS: RFC 7517 set of private keys. */
  readonly jwtPrivateJwks: string;
  /** SECRET_KEYS: `id:base64`, one key of 32 bytes. */
  readonly secretKeys: string;
  /** INDEX_KEY: base64 of 32 bytes. */
  readonly indexKey: string;
}

/**
 * RFC 7518 section 3.3 asks for no more. ID tokens live for minutes, and a Worker pays for each
 * signature: 3,072 bits take three times as long.
 */
const RSA_BITS = 2048;
const SECRET_BYTES = 32;
/** 32 letters, so that five bits of a byte choose one without bias. */
const ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567";

/**
 * New keys for every secret that the gateway makes itself. The randomness is always the platform's
 * own: a caller cannot pass in a weaker source.
 */
export async function generateKeys(options: GenerateKeysOptions = {}): Promise<GeneratedKeys> {
  const { algorithms = ["ES256", "RS256"], now = Date.now } = options;
  return {
    jwtPrivateJwks: JSON.stringify({
      keys: await Promise.all(algorithms.map((alg) => generateSigningJwk(alg, now()))),
    }),
    secretKeys: `${secretKeyId(now())}:${base64(randomBytes(SECRET_BYTES))}`,
    indexKey: base64(randomBytes(SECRET_BYTES)),
  };
}

/**
 * A private JWK with its RFC 7638 thumbprint as `kid`: equal keys have equal names. `iat` (RFC 7517
 * section 4 allows further members) shows its age to `doctor`, and is not published.
 */
export async function generateSigningJwk(alg: SigningAlgorithm, nowMs: number): Promise<object> {
  const size = alg === "RS256" ? { modulusLength: RSA_BITS } : {};
  const { privateKey } = await generateKeyPair(alg, { ...size, extractable: true });
  const jwk = await exportJWK(privateKey);
  return {
    kid: await calculateJwkThumbprint(jwk),
    alg,
    use: "sig",
    iat: Math.floor(nowMs / 1000),
    ...jwk,
  };
}

/** `k2026-11-x7fq`: the month shows the key's age, the letters tell two keys of a month apart. */
function secretKeyId(nowMs: number): string {
  const month = new Date(nowMs).toISOString().slice(0, 7);
  const letters = Array.from(randomBytes(4), (byte) => ID_LETTERS[byte & 31]);
  return `k${month}-${letters.join("")}`;
}

/** A secret of 32 random bytes in base64url, and its SHA-256 for `client_secret_sha256`. */
export async function generateClientSecret(): Promise<{
  readonly secret: string;
  readonly hash: string;
}> {
  const secret = toBase64url(randomBytes(SECRET_BYTES));
  return { secret, hash: await digestOf(secret) };
}

function randomBytes(length: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** RFC 4648 section 4, with padding, as `openssl rand -base64 32` writes it. */
function base64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
