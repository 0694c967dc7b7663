import { SignJWT } from "jose";
import { fail, type Result } from "../core/result.ts";
import type { AccessClaims, AccessTokens, TokenFailure, VerifiedAccess } from "../ports/tokens.ts";
import { ACCESS_TOKEN_TYPE, accessKeyId, audienceOf, readAccessClaims } from "./access-claims.ts";
import { parseJsonObject } from "./compact-token.ts";
import { PrivateJwksError, type SigningJwk } from "./private-jwks.ts";
import { importSigningKey, type SigningKey, signedBytes } from "./signing-keys.ts";

export interface AccessTokenOptions {
  /** The keys of JWT_PRIVATE_JWKS. The first signs, all verify. */
  readonly privateJwks: readonly SigningJwk[];
  readonly issuer: string;
  readonly audience: string;
  readonly ttlSeconds: number;
  /** Epoch ms. */
  readonly now: () => number;
}

const INVALID = fail({ reason: "token-invalid" });

/**
 * Access tokens after RFC 9068, signed and verified with jose. The key named by `kid` decides the
 * algorithm, and the header must agree (RFC 8725 section 3.1; `signedBytes`): that alone stops `none`,
 * HS256 under a public key, and every other swap.
 *
 * @throws PrivateJwksError where the keys cannot be used
 */
export async function createAccessTokens(options: AccessTokenOptions): Promise<AccessTokens> {
  const keys = await Promise.all(
    options.privateJwks.map((jwk, index) => importSigningKey(jwk, index + 1)),
  );
  const [signer] = keys;
  if (signer === undefined) throw new PrivateJwksError("holds no keys");
  const keyById = new Map(keys.map((key) => [key.kid, key]));
  const published = Object.freeze({ keys: Object.freeze(keys.map((key) => key.publicJwk)) });
  return {
    issue: (claims, { jti = crypto.randomUUID(), ttlSeconds = options.ttlSeconds } = {}) =>
      issue(claims, jti, signer, { ...options, ttlSeconds }),
    verify: (token) => verify(token, keyById, options),
    jwks: () => published,
  };
}

/** Names each claim, so that other members of a caller's object (a phone, a name) stay out. */
async function issue(
  claims: AccessClaims,
  jti: string,
  signer: SigningKey,
  { issuer, audience, ttlSeconds, now }: AccessTokenOptions,
): Promise<{ token: string; expiresInSeconds: number }> {
  const iat = Math.floor(now() / 1000);
  const { sub, client_id, customer_v2_id, role, sid, auth_time, amr } = claims;
  const customer = customer_v2_id === null ? {} : { customer_v2_id };
  const added = {
    iss: issuer,
    aud: audienceOf(client_id, { audience, issuer }),
    jti,
    iat,
    exp: iat + ttlSeconds,
  };
  const payload = { ...added, sub, client_id, ...customer, role, sid, auth_time, amr: [...amr] };
  if (!readAccessClaims(payload, { issuer, audience, nowMs: iat * 1000 }).ok) {
    throw new TypeError("access token with claims that its own verification refuses");
  }
  const token = await new SignJWT(payload)
    .setProtectedHeader({ alg: signer.alg, typ: ACCESS_TOKEN_TYPE, kid: signer.kid })
    .sign(signer.privateKey);
  return { token, expiresInSeconds: ttlSeconds };
}

async function verify(
  token: string,
  keyById: ReadonlyMap<string, SigningKey>,
  { issuer, audience, now }: AccessTokenOptions,
): Promise<Result<VerifiedAccess, TokenFailure>> {
  const key = keyById.get(accessKeyId(token) ?? "");
  if (key === undefined) return INVALID;
  const claims = parseJsonObject(await signedBytes(token, key));
  return claims === null ? INVALID : readAccessClaims(claims, { issuer, audience, nowMs: now() });
}
