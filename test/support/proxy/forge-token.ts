import { createHmac, createPrivateKey, sign } from "node:crypto";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";
import type { SigningAlgorithm } from "../../../src/tokens/private-jwks.ts";

export type Jwk = Record<string, unknown> & { kid: string; alg: SigningAlgorithm };
type Sign = (input: string) => Buffer;

/** A compact JWS of any header and payload, for tests that attack the verifier. */
export function compact(
  header: object,
  payload: object | string | Buffer,
  signature: Sign,
): string {
  const isRaw = typeof payload === "string" || Buffer.isBuffer(payload);
  const body = isRaw ? payload : JSON.stringify(payload);
  const input = `${base64url(JSON.stringify(header))}.${base64url(body)}`;
  return `${input}.${signature(input).toString("base64url")}`;
}

/** Signs with node:crypto, which shares no code with jose. */
export const withKey =
  (jwk: Jwk): Sign =>
  (input) => {
    const key = createPrivateKey({ key: jwk, format: "jwk" });
    const hash = jwk.alg === "EdDSA" ? null : "sha256";
    return sign(hash, Buffer.from(input), { key, dsaEncoding: "ieee-p1363" });
  };

export const withSecret =
  (secret: string | Buffer): Sign =>
  (input) =>
    createHmac("sha256", secret).update(input).digest();

export const withNothing: Sign = () => Buffer.alloc(0);

/** A fresh private JWK. */
export async function makeJwk(alg: SigningAlgorithm): Promise<Jwk> {
  const { jwtPrivateJwks } = await generateKeys({ algorithms: [alg] });
  return (JSON.parse(jwtPrivateJwks) as { keys: [Jwk] }).keys[0];
}

/** The published members alone. */
export function publicPart(jwk: Jwk): Jwk {
  const { d: _d, p: _p, q: _q, dp: _dp, dq: _dq, qi: _qi, iat: _iat, ...rest } = jwk;
  return rest as Jwk;
}

const base64url = (body: string | Buffer) =>
  (typeof body === "string" ? Buffer.from(body) : body).toString("base64url");
