import { compactVerify, errors, importJWK } from "jose";
import { utf8 } from "../core/bytes.ts";
import { PrivateJwksError, type SigningAlgorithm, type SigningJwk } from "./private-jwks.ts";

/** A key imported once, for the life of the process; its private half cannot be exported. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: SigningAlgorithm;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** The key in the published JWKS: `kty`, the public members, `use`, `alg`, `kid`. */
  readonly publicJwk: Readonly<Record<string, string>>;
}

/** RFC 7518 section 3.3. */
const MIN_RSA_BITS = 2048;

/** WebCrypto names of the algorithms, for the trial signature only; jose has its own table. */
const WEBCRYPTO: Readonly<Record<SigningAlgorithm, Algorithm & { hash?: string }>> = {
  ES256: { name: "ECDSA", hash: "SHA-256" },
  EdDSA: { name: "Ed25519" },
  RS256: { name: "RSASSA-PKCS1-v1_5" },
};

/**
 * Imports one key and tries it: a signature of the private half must verify under the public one.
 * Without the trial a set with a wrong half signs tokens that no one accepts.
 *
 * @param position of the key in the set, counted from 1
 * @throws PrivateJwksError without a cause, because WebCrypto's text may describe the key
 */
export async function importSigningKey(jwk: SigningJwk, position: number): Promise<SigningKey> {
  const { kid, alg, publicMembers, privateMembers } = jwk;
  const unusable = (why: string) => new PrivateJwksError(`key ${position} ${why}`);
  const pair = await importPair({ ...publicMembers, ...privateMembers }, publicMembers, alg);
  if (pair === null) throw unusable(`is not a valid ${alg} key`);
  if (rsaBits(pair.publicKey) < MIN_RSA_BITS) throw unusable(`has less than ${MIN_RSA_BITS} bits`);
  if (!(await belongTogether(pair, alg))) throw unusable("has halves that do not belong together");
  const publicJwk = Object.freeze({ ...publicMembers, use: "sig", alg, kid });
  return { kid, alg, ...pair, publicJwk };
}

interface Pair {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
}

async function importPair(
  privateJwk: Record<string, string>,
  publicJwk: Record<string, string>,
  alg: SigningAlgorithm,
): Promise<Pair | null> {
  try {
    return {
      privateKey: (await importJWK(privateJwk, alg, { extractable: false })) as CryptoKey,
      publicKey: (await importJWK(publicJwk, alg)) as CryptoKey,
    };
  } catch {
    return null;
  }
}

/** Infinity where the key is no RSA key. */
function rsaBits(key: CryptoKey): number {
  return "modulusLength" in key.algorithm ? Number(key.algorithm.modulusLength) : Infinity;
}

async function belongTogether(pair: Pair, alg: SigningAlgorithm): Promise<boolean> {
  const probe = utf8("doorstep key trial");
  try {
    const signature = await crypto.subtle.sign(WEBCRYPTO[alg], pair.privateKey, probe);
    return await crypto.subtle.verify(WEBCRYPTO[alg], pair.publicKey, signature, probe);
  } catch {
    return false;
  }
}

/**
 * The payload of a token under this key; null where the signature is invalid, or where the header
 * names another algorithm than the key's: the one guard against `alg` confusion.
 */
export async function signedBytes(token: string, key: SigningKey): Promise<Uint8Array | null> {
  try {
    return (await compactVerify(token, key.publicKey, { algorithms: [key.alg] })).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
