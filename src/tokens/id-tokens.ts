import { SignJWT } from "jose";
import { toBase64url, utf8 } from "../core/bytes.ts";
import type { SessionId, UserId } from "../core/ids.ts";
import type { IdTokenAlgorithm } from "../core/oauth/client.ts";
import type { IdClaims, IdTokenHint, IdTokens } from "../ports/tokens.ts";
import { isText, parseJsonObject, readProtectedHeader } from "./compact-token.ts";
import type { SigningJwk } from "./private-jwks.ts";
import { importSigningKey, type SigningKey, signedBytes } from "./signing-keys.ts";

export interface IdTokenOptions {
  /** The keys of JWT_PRIVATE_JWKS. The first of an algorithm signs, all verify. */
  readonly privateJwks: readonly SigningJwk[];
  /** The algorithms of the clients: keys of others are not imported. */
  readonly algorithms: ReadonlySet<IdTokenAlgorithm>;
  readonly issuer: string;
  readonly ttlSeconds: number;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Not `at+jwt`: an access token's verification refuses this type, and an ID token's the other. */
const TYPE = "JWT";
const HEADER_NAMES: readonly string[] = ["alg", "kid", "typ"];

/**
 * ID tokens (OpenID Connect Core section 2), signed and verified with jose. The key named by `kid`
 * decides the algorithm, as for access tokens.
 *
 * @throws PrivateJwksError where the keys cannot be used
 */
export async function createIdTokens(options: IdTokenOptions): Promise<IdTokens> {
  const used = options.privateJwks.flatMap((jwk, index) =>
    [...options.algorithms].some((alg) => alg === jwk.alg)
      ? [importSigningKey(jwk, index + 1)]
      : [],
  );
  const keys = await Promise.all(used);
  return {
    issue: (claims, alg, accessToken) => issue(claims, alg, accessToken, keys, options),
    readHint: (token) => readHint(token, keys, options),
  };
}

async function issue(
  { nonce, ...claims }: IdClaims,
  alg: IdTokenAlgorithm,
  accessToken: string,
  keys: readonly SigningKey[],
  { issuer, now, ttlSeconds }: IdTokenOptions,
): Promise<string> {
  const signer = keys.find((key) => key.alg === alg);
  if (signer === undefined) throw new TypeError(`the start checks that there is a key for ${alg}`);
  const iat = Math.floor(now() / 1000);
  const times = { iss: issuer, iat, exp: iat + ttlSeconds, at_hash: await halfHash(accessToken) };
  const payload = { ...claims, ...times, ...(nonce === null ? {} : { nonce }) };
  return new SignJWT({ ...payload, amr: [...claims.amr] })
    .setProtectedHeader({ alg, typ: TYPE, kid: signer.kid })
    .sign(signer.privateKey);
}

/** `at_hash` for the algorithms with SHA-256 (section 3.1.3.6): the left half of the hash. */
async function halfHash(accessToken: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", utf8(accessToken));
  return toBase64url(new Uint8Array(digest, 0, 16));
}

async function readHint(
  token: string,
  keys: readonly SigningKey[],
  { issuer }: IdTokenOptions,
): Promise<IdTokenHint | null> {
  const { kid, typ } = readProtectedHeader(token, HEADER_NAMES) ?? {};
  const key = typ === TYPE ? keys.find((one) => one.kid === kid) : undefined;
  const claims = key === undefined ? null : parseJsonObject(await signedBytes(token, key));
  const { aud, iss, sid, sub } = claims ?? {};
  if (iss !== issuer || !isText(aud) || !isText(sid) || !isText(sub)) return null;
  return { aud, sid: sid as SessionId, sub: sub as UserId };
}
