import type { UserId } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { isStaffRole } from "../core/roles.ts";
import type { StaffClaims, TokenFailure } from "../ports/tokens.ts";
import { isEpochSeconds, isText, readProtectedHeader } from "./compact-token.ts";

/** The header of every legacy token (LEGACY 4), made by the backend or by the gateway. */
export const LEGACY_HEADER = { alg: "HS256", typ: "JWT" } as const;

/** The legacy login gives 24 h; one hour more for a backend with a fast clock. */
const MAX_LIFE_MS = 25 * 3_600_000;

const INVALID = fail({ reason: "token-invalid" });
const EXPIRED = fail({ reason: "token-expired" });

/** Whether the token's header is the legacy one, member by member: no `kid`, `jwk` or `crit`. */
export function hasLegacyHeader(token: string): boolean {
  const { alg, typ } = readProtectedHeader(token, Object.keys(LEGACY_HEADER)) ?? {};
  return alg === LEGACY_HEADER.alg && typ === LEGACY_HEADER.typ;
}

/**
 * The claims of a legacy token with a valid signature, where it is a staff member's own. The secret
 * is shared with the backend, which checks less: it accepts tokens without an end, and it once gave
 * customers tokens for published passwords. A token with `iss` was minted here for the upstream,
 * and leaked; a token with `aud` belongs to another service.
 *
 * @param nowMs epoch ms
 */
export function readStaffClaims(
  claims: JsonObject,
  nowMs: number,
): Result<StaffClaims, TokenFailure> {
  const { exp, iat, jti, nbf, role, sub } = claims;
  if (Object.hasOwn(claims, "iss") || Object.hasOwn(claims, "aud")) return INVALID;
  if (!isText(sub) || !isStaffRole(role)) return INVALID;
  if (jti !== undefined && typeof jti !== "string") return INVALID;
  if (iat !== undefined && !isEpochSeconds(iat)) return INVALID;
  // No leeway, as at the backend.
  if (nbf !== undefined && !(isEpochSeconds(nbf) && nbf * 1000 <= nowMs)) return INVALID;
  if (!isEpochSeconds(exp) || exp * 1000 > nowMs + MAX_LIFE_MS) return INVALID;
  if (exp * 1000 <= nowMs) return EXPIRED;
  return ok({ sub: sub as UserId, role, expiresAt: exp * 1000 });
}
