import { fromBase64url } from "../core/bytes.ts";
import { isJsonObject, type JsonObject, parsedJsonBytes } from "../core/json.ts";

/** Our tokens have below 1,500 characters; a longer text is not parsed. */
const MAX_TOKEN_LENGTH = 8192;
const COMPACT = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/**
 * The protected header of a compact JWS (RFC 7515 section 7.1), before a key is chosen. It holds
 * the given names and no others: so `jwk`, `jku`, `x5c`, `x5u` (an attacker's own key), `crit` and
 * `b64` are refused without being interpreted. The signature does not cover itself, so its
 * base64url must be canonical: otherwise one token has sixteen spellings.
 *
 * @returns null where this is no such token; the signature is not checked here
 */
export function readProtectedHeader(token: string, names: readonly string[]): JsonObject | null {
  if (token.length > MAX_TOKEN_LENGTH || !COMPACT.test(token)) return null;
  const [head = "", , signature = ""] = token.split(".");
  if (fromBase64url(signature) === null) return null;
  const header = parseJsonObject(fromBase64url(head));
  return header !== null && Object.keys(header).every((name) => names.includes(name))
    ? header
    : null;
}

/** A JSON object in strict UTF-8; null for anything else. */
export function parseJsonObject(bytes: Uint8Array | null): JsonObject | null {
  const value = bytes === null ? null : parsedJsonBytes(bytes);
  return isJsonObject(value) ? value : null;
}

export const isText = (value: unknown): value is string =>
  typeof value === "string" && value !== "";

/** RFC 7519 section 2 allows fractions; ours have none. */
export const isEpochSeconds = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
