import type { CustomerId, SessionId, UserId } from "../core/ids.ts";
import type { JsonObject } from "../core/json.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { COMPAT_CLIENT, compatAudience } from "../core/sessions/user-record.ts";
import type { TokenFailure, VerifiedAccess } from "../ports/tokens.ts";
import { isEpochSeconds, isText, readProtectedHeader } from "./compact-token.ts";

/** RFC 9068 section 2.1; keeps an ID token or a legacy token (`typ: JWT`) from passing as one. */
export const ACCESS_TOKEN_TYPE = "at+jwt";

/** Bound on the lead of the issuing node's clock, in ms; `exp` has no tolerance. */
const MAX_CLOCK_LEAD_MS = 60_000;
const HEADER_NAMES: readonly string[] = ["alg", "kid", "typ"];

const INVALID = fail({ reason: "token-invalid" });
const EXPIRED = fail({ reason: "token-expired" });

/** The key id of an access token of ours; null for any other text. The key decides its `alg`. */
export function accessKeyId(token: string): string | null {
  const { kid, typ } = readProtectedHeader(token, HEADER_NAMES) ?? {};
  return isText(kid) && typ === ACCESS_TOKEN_TYPE ? kid : null;
}

export interface Audiences {
  readonly issuer: string;
  /** JWT_AUDIENCE: the services that check tokens by signature. */
  readonly audience: string;
}

/**
 * The audience of a client's tokens. A token of the old web app lives for a day, and a service that
 * checks only the signature does not learn that its session ended. So its audience is one that no
 * such service can have, even with the issuer or JWT_AUDIENCE as its name.
 */
export const audienceOf = (clientId: string, { audience, issuer }: Audiences): string =>
  clientId === COMPAT_CLIENT ? compatAudience(issuer) : audience;

export interface ClaimRules extends Audiences {
  /** Epoch ms. */
  readonly nowMs: number;
}

/**
 * The claims of a token with a valid signature (RFC 9068 section 2.2). Only tokens of `issue` pass:
 * `aud` is one text, because each audience of a token with several could replay it here.
 * `token-expired` is returned only for a token that is otherwise valid.
 */
export function readAccessClaims(
  claims: JsonObject,
  rules: ClaimRules,
): Result<VerifiedAccess, TokenFailure> {
  const { sub, client_id, customer_v2_id, role, sid, auth_time, amr } = claims;
  const { aud, exp, iat, iss, nbf, jti } = claims;
  const { nowMs } = rules;
  if (iss !== rules.issuer || role !== "customer") return INVALID;
  if (!isText(sub) || !isText(client_id) || !isText(sid) || !isText(jti)) return INVALID;
  if (aud !== audienceOf(client_id, rules)) return INVALID;
  if (customer_v2_id !== undefined && !isText(customer_v2_id)) return INVALID;
  if (!isEpochSeconds(auth_time) || !Array.isArray(amr) || !amr.every(isText)) return INVALID;
  if (!isEpochSeconds(exp) || !hasBegun(iat, nowMs)) return INVALID;
  if (nbf !== undefined && !hasBegun(nbf, nowMs)) return INVALID;
  if (exp * 1000 <= nowMs) return EXPIRED;
  return ok({
    sub: sub as UserId,
    client_id,
    customer_v2_id: customer_v2_id === undefined ? null : (customer_v2_id as CustomerId),
    role,
    sid: sid as SessionId,
    auth_time,
    amr,
    jti,
    expiresAt: exp * 1000,
  });
}

const hasBegun = (value: unknown, nowMs: number): boolean =>
  isEpochSeconds(value) && value * 1000 <= nowMs + MAX_CLOCK_LEAD_MS;
