import { fromBase64url } from "../core/bytes.ts";
import type { CustomerId, SessionId, UserId } from "../core/ids.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { AccessClaims, TokenFailure } from "../ports/tokens.ts";

/** RFC 9068 section 2.1; keeps an ID token or a legacy token (`typ: JWT`) from passing as one. */
export const ACCESS_TOKEN_TYPE = "at+jwt";

/** Ours have below 1,500 characters; more is not parsed at all. */
const MAX_TOKEN_LENGTH = 8192;
/** How far the clock of the node that issued a token may run ahead, in ms; `exp` has no tolerance. */
const MAX_CLOCK_LEAD_MS = 60_000;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const HEADER_NAMES: readonly string[] = ["alg", "kid", "typ"];

type JsonObject = Readonly<Record<string, unknown>>;

const INVALID = fail({ reason: "token-invalid" });
const EXPIRED = fail({ reason: "token-expired" });

/**
 * The protected header of a compact JWS (RFC 7515 section 7.1), before any key is chosen. It holds
 * `alg`, `kid` and `typ` and nothing else: with that, `jwk`, `jku`, `x5c`, `x5u` (a key that the
 * attacker brings along), `crit` and `b64` are refused without being understood. The signature is
 * the only part that it does not cover itself, so its base64url must be canonical: otherwise one
 * token has sixteen spellings.
 *
 * @returns null where this is no token of ours; the signature is not checked here
 */
export function readAccessHeader(token: string): { alg: string; kid: string } | null {
  if (token.length > MAX_TOKEN_LENGTH || !COMPACT.test(token)) return null;
  const [head = "", , signature = ""] = token.split(".");
  if (fromBase64url(signature) === null) return null;
  const header = parseJsonObject(fromBase64url(head));
  if (header === null || Object.keys(header).some((name) => !HEADER_NAMES.includes(name))) {
    return null;
  }
  const { alg, kid, typ } = header;
  return isText(alg) && isText(kid) && typ === ACCESS_TOKEN_TYPE ? { alg, kid } : null;
}

export interface ClaimRules {
  readonly issuer: string;
  readonly audience: string;
  /** Epoch ms. */
  readonly nowMs: number;
}

/**
 * The claims of a token whose signature holds (RFC 9068 section 2.2, DESIGN section 3). Only what
 * `issue` makes passes: `aud` is one text, because a token that names several audiences can be
 * replayed here by each of them. `token-expired` is said only of a token that is otherwise good.
 */
export function readAccessClaims(
  claims: JsonObject,
  { issuer, audience, nowMs }: ClaimRules,
): Result<AccessClaims, TokenFailure> {
  const { sub, client_id, customer_v2_id, role, sid, auth_time, amr } = claims;
  const { exp, iat, nbf, jti } = claims;
  if (claims["iss"] !== issuer || claims["aud"] !== audience || role !== "customer") return INVALID;
  if (!isText(sub) || !isText(client_id) || !isText(sid) || !isText(jti)) return INVALID;
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
  });
}

/** A JSON object in strict UTF-8; null for anything else. */
export function parseJsonObject(bytes: Uint8Array | null): JsonObject | null {
  if (bytes === null) return null;
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as JsonObject)
      : null;
  } catch {
    return null;
  }
}

const isText = (value: unknown): value is string => typeof value === "string" && value !== "";

/** RFC 7519 section 2 allows fractions; ours have none. */
const isEpochSeconds = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;

const hasBegun = (value: unknown, nowMs: number): boolean =>
  isEpochSeconds(value) && value * 1000 <= nowMs + MAX_CLOCK_LEAD_MS;
