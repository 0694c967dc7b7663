import { equalBytes, utf8 } from "../bytes.ts";
import type { ChallengeHandle } from "../ids.ts";
import { asciiDigits } from "../phone/phone.ts";
import type { Keyring } from "../secrets/keyring.ts";

export const CODE_LENGTH = 6;
const CODES = 10 ** CODE_LENGTH;
/** The largest multiple of CODES below 2^32: values at or above it would favour low codes. */
const UNBIASED_BELOW = Math.floor(2 ** 32 / CODES) * CODES;
/** Longer than any text message that a carrier delivers. */
const MAX_TYPED_LENGTH = 1_600;
/** What apps put between the digits that they share: spaces, dashes, marks of no width. */
const BETWEEN_DIGITS = /[\s\p{Pd}\p{Default_Ignorable_Code_Point}\u02d7\u2043\u2212]/gu;
/**
 * The last line of our messages (WICG sms-one-time-codes). A one-line field joins it to the text.
 */
const ORIGIN_LINE = /@\S+ #(\d{6})(?![\p{L}\p{N}])/u;
/** Six digits outside a longer number or a word. */
const STANDING_ALONE = /(?<![\p{L}\p{N}])\d{6}(?![\p{L}\p{N}])/gu;

/**
 * The challenge's code: six digits, each of the million equally likely, derived when needed and
 * never stored.
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

/**
 * The code in a typed or pasted text: the digits of any script, or our whole message or its last
 * line with the code in it.
 *
 * @returns null where there is no code, or where a text holds several numbers of six digits
 */
export function readTypedCode(text: string): string | null {
  if (text.length > MAX_TYPED_LENGTH) return null;
  const digits = asciiDigits(text);
  const typed = digits.replace(BETWEEN_DIGITS, "");
  if (/^\d{6}$/.test(typed)) return typed;
  // Digits without words are a code with a typing slip: a guess at the meant code would cost a try.
  return /\p{L}/u.test(digits) ? codeInMessage(digits) : null;
}

function codeInMessage(text: string): string | null {
  const visible = text.replace(/\p{Default_Ignorable_Code_Point}/gu, "");
  const bound = ORIGIN_LINE.exec(visible)?.[1];
  if (bound !== undefined) return bound;
  const [code, ...others] = new Set(visible.match(STANDING_ALONE) ?? []);
  return code === undefined || others.length > 0 ? null : code;
}

/** Compares two codes in constant time. */
export const sameCode = (a: string, b: string): boolean => equalBytes(utf8(a), utf8(b));
