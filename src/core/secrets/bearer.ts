import { concat, equalBytes, fromBase64url, toBase64url, utf8 } from "../bytes.ts";
import type { BearerKind, Keyring } from "./keyring.ts";

/**
 * One form for every secret that a client holds:
 *
 * prefix_keyId.base64url(locator | secret | check)
 *
 * `locator` names the record; it is public. `secret` is an HMAC over the record's random seed: no
 * one can make it without the store. `check` is an HMAC over everything before it: a changed or
 * invented token is refused before any store is read.
 */
const PREFIX: Readonly<Record<BearerKind, string>> = {
  challenge: "dsc",
  selection: "dss",
  voice: "dsv",
  refresh: "dsr",
  device: "dsd",
  page: "dsp",
  code: "dsa",
};
const SECRET_BYTES = 18;
const CHECK_BYTES = 12;
/** A key id and the longest locator in use leave ample room below this. */
const MAX_LENGTH = 256;

export interface Bearer {
  readonly keyId: string;
  readonly locator: Uint8Array<ArrayBuffer>;
  readonly secret: Uint8Array<ArrayBuffer>;
}

/** @returns the token, or null where the key has left SECRET_KEYS */
export async function mintBearer(
  keyring: Keyring,
  kind: BearerKind,
  keyId: string,
  locator: Uint8Array<ArrayBuffer>,
  seed: Uint8Array,
): Promise<string | null> {
  const secret = await secretOf(keyring, kind, keyId, locator, seed);
  const check = secret && (await checkOf(keyring, kind, keyId, locator, secret));
  return check && `${PREFIX[kind]}_${keyId}.${toBase64url(concat(locator, secret, check))}`;
}

/**
 * Reads a token without any store.
 *
 * @param locatorBytes the only length that this kind has
 * @returns null for a token that this gateway did not make under an accepted key
 */
export async function readBearer(
  keyring: Keyring,
  kind: BearerKind,
  locatorBytes: number,
  token: string,
): Promise<Bearer | null> {
  const match =
    token.length <= MAX_LENGTH ? /^(\w+)_([a-z0-9-]{1,16})\.([\w-]+)$/.exec(token) : null;
  const [, prefix, keyId = "", body = ""] = match ?? [];
  const bytes = prefix === PREFIX[kind] ? fromBase64url(body) : null;
  if (bytes?.length !== locatorBytes + SECRET_BYTES + CHECK_BYTES) return null;
  const locator = bytes.slice(0, locatorBytes);
  const secret = bytes.slice(locatorBytes, -CHECK_BYTES);
  const check = await checkOf(keyring, kind, keyId, locator, secret);
  return check && equalBytes(check, bytes.slice(-CHECK_BYTES)) ? { keyId, locator, secret } : null;
}

/** Whether the token's secret is derived from the record's seed. */
export async function provesSeed(
  keyring: Keyring,
  kind: BearerKind,
  { keyId, locator, secret }: Bearer,
  seed: Uint8Array,
): Promise<boolean> {
  const expected = await secretOf(keyring, kind, keyId, locator, seed);
  return expected !== null && equalBytes(expected, secret);
}

async function secretOf(
  keyring: Keyring,
  kind: BearerKind,
  keyId: string,
  locator: Uint8Array,
  seed: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | null> {
  return (await keyring.mac(kind, keyId, seed, locator))?.slice(0, SECRET_BYTES) ?? null;
}

async function checkOf(
  keyring: Keyring,
  kind: BearerKind,
  keyId: string,
  locator: Uint8Array,
  secret: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const mac = await keyring.mac(`${kind}-check`, keyId, utf8(PREFIX[kind]), locator, secret);
  return mac?.slice(0, CHECK_BYTES) ?? null;
}
