import { concat, fromBase64url, fromUtf8, toBase64url, utf8 } from "../bytes.ts";
import type { Keyring, Purpose } from "./keyring.ts";

/** The purpose of a text that a browser keeps for us and can neither read nor change. */
export type SealPurpose = Extract<Purpose, "login-step" | "login-choice">;

const NONCE_BYTES = 12;
/** A browser keeps no cookie above 4 KiB, with its name and its attributes. */
const MAX_LENGTH = 3_900;

/**
 * Encrypts a text with AES-256-GCM under the current key, as `keyId.base64url(nonce | ciphertext)`.
 *
 * @param place bound into the seal: the text opens in this place only, so that the cookie of one
 *   sign-in does not open as the cookie of another
 * @param nonce 12 random bytes, never used before
 */
export async function seal(
  keyring: Keyring,
  purpose: SealPurpose,
  place: string,
  text: string,
  nonce: Uint8Array<ArrayBuffer>,
): Promise<string> {
  const keyId = keyring.currentId;
  const key = await keyOf(keyring, purpose, keyId);
  if (key === null) throw new TypeError("the current key is missing");
  const sealed = await crypto.subtle.encrypt(bound(place, nonce), key, utf8(text));
  return `${keyId}.${toBase64url(concat(nonce, new Uint8Array(sealed)))}`;
}

/** @returns null for a text that was not sealed here, for this purpose, in this place */
export async function unseal(
  keyring: Keyring,
  purpose: SealPurpose,
  place: string,
  sealed: string,
): Promise<string | null> {
  const match = sealed.length <= MAX_LENGTH ? /^([a-z0-9-]{1,16})\.([\w-]+)$/.exec(sealed) : null;
  const bytes = match && fromBase64url(match[2] ?? "");
  const key = match && (await keyOf(keyring, purpose, match[1] ?? ""));
  if (bytes === null || key === null || bytes.length <= NONCE_BYTES) return null;
  const opening = bound(place, bytes.slice(0, NONCE_BYTES));
  const text = await crypto.subtle
    .decrypt(opening, key, bytes.slice(NONCE_BYTES))
    .catch(() => null);
  return text === null ? null : fromUtf8(new Uint8Array(text));
}

const bound = (place: string, iv: Uint8Array<ArrayBuffer>) => ({
  name: "AES-GCM",
  iv,
  additionalData: utf8(place),
});

async function keyOf(keyring: Keyring, purpose: SealPurpose, keyId: string) {
  const bytes = await keyring.mac(purpose, keyId, utf8("AES-256-GCM"));
  return bytes && crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}
