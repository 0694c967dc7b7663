import { equalBytes, utf8 } from "../bytes.ts";
import type { ChallengeHandle } from "../ids.ts";
import { asciiDigits } from "../phone.ts";
import type { Keyring } from "../secrets/keyring.ts";

export const CODE_LENGTH = 6;
const CODES = 10 ** CODE_LENGTH;
/** The largest multiple of CODES below 2^32: values at or above it would favour low codes. */
const UNBIASED_BELOW = Math.floor(2 ** 32 / CODES) * CODES;
const MAX_TYPED_LENGTH = 32;

/**
 * The challenge's code: six digits, each of the million equally likely, derived again whenever it
 * is needed and never stored.
 *
 * @returns null where the key has left SECRET_KEYS
 */
export async function deriveCode(
  keyring: Keyring,
  keyId: string,
  handle: ChallengeHandle,
  seed: Uint8Array,
): Promise<string | null> {
  for (let block = 0; ; block++) {
    const bytes = await keyring.mac("otp-code", keyId, seed, utf8(handle), Uint8Array.of(block));
    if (bytes === null) return null;
    const number = firstUnbiased(bytes);
    if (number !== null) return String(number % CODES).padStart(CODE_LENGTH, "0");
  }
}

/** The first of the block's 32-bit words that rejection sampling accepts. */
export function firstUnbiased(bytes: Uint8Array<ArrayBuffer>): number | null {
  const words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let offset = 0; offset + 4 <= bytes.length; offset += 4) {
    const word = words.getUint32(offset);
    if (word < UNBIASED_BELOW) return word;
  }
  return null;
}

/** The code a person typed, in any script's digits, spaces and dashes aside; null if it is none. */
export function readTypedCode(text: string): string | null {
  if (text.length > MAX_TYPED_LENGTH) return null;
  const digits = asciiDigits(text).replace(/[\s-]/g, "");
  return /^\d{6}$/.test(digits) ? digits : null;
}

/** Compares two codes without telling by time where they differ. */
export const sameCode = (a: string, b: string): boolean => equalBytes(utf8(a), utf8(b));
