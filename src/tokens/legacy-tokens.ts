import { compactVerify, errors, SignJWT } from "jose";
import { fromBase64url, utf8 } from "../core/bytes.ts";
import { fail, type Result } from "../core/result.ts";
import { isStaffRole } from "../core/roles.ts";
import type { LegacyClaims, LegacyTokens, StaffClaims, TokenFailure } from "../ports/tokens.ts";
import { isText, parseJsonObject } from "./compact-token.ts";
import { hasLegacyHeader, LEGACY_HEADER, readStaffClaims } from "./staff-claims.ts";

export interface LegacyTokenOptions {
  /** LEGACY_JWT_SECRET; its UTF-8 bytes are the key (LEGACY 4). */
  readonly secret: string;
  /** JWT_ISSUER: tells tokens minted here from the backend's own. */
  readonly issuer: string;
  /** Epoch ms. */
  readonly now: () => number;
}

const LIFE_SECONDS = 5 * 60;
const INVALID = fail({ reason: "token-invalid" });

/** Legacy tokens, signed and verified with jose under one key that is imported once. */
export async function createLegacyTokens(options: LegacyTokenOptions): Promise<LegacyTokens> {
  const key = await crypto.subtle.importKey(
    "raw",
    utf8(options.secret),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign", "verify"],
  );
  return {
    mint: (claims) => mint(claims, key, options),
    verifyStaff: (token) => verifyStaff(token, key, options),
  };
}

/** Names each claim of LEGACY 4, without `aud`, which the backend refuses, and `nbf`. */
async function mint(
  { customer_v2_id, email, role, sub }: LegacyClaims,
  key: CryptoKey,
  { issuer, now }: LegacyTokenOptions,
): Promise<{ token: string; expiresAt: number }> {
  if (!isText(sub) || !(role === "customer" || isStaffRole(role))) {
    throw new TypeError("legacy token for a user that the backend does not know");
  }
  const iat = Math.floor(now() / 1000);
  const exp = iat + LIFE_SECONDS;
  const payload = {
    sub,
    role,
    ...(email === null ? {} : { email }),
    ...(customer_v2_id === null ? {} : { customer_v2_id }),
    iss: issuer,
    iat,
    exp,
    jti: crypto.randomUUID(),
  };
  const token = await new SignJWT(payload).setProtectedHeader(LEGACY_HEADER).sign(key);
  return { token, expiresAt: exp * 1000 };
}

async function verifyStaff(
  token: string,
  key: CryptoKey,
  { now }: LegacyTokenOptions,
): Promise<Result<StaffClaims, TokenFailure>> {
  if (!hasLegacyHeader(token)) return INVALID;
  const claims = parseJsonObject(await signedBytes(token, key));
  return claims === null ? INVALID : readStaffClaims(claims, now());
}

/** The payload, or null where the signature is invalid or the payload has a second spelling. */
async function signedBytes(token: string, key: CryptoKey): Promise<Uint8Array | null> {
  if (fromBase64url(token.split(".")[1] ?? "") === null) return null;
  try {
    return (await compactVerify(token, key, { algorithms: [LEGACY_HEADER.alg] })).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
