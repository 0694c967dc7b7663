const encoder = new TextEncoder();

/** UTF-8 bytes of a text. */
export const utf8 = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

/** All parts, one after another. */
export const concat = (...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => joined(parts);

/** As `concat`, for any number of parts: a call takes no more than some 100,000 arguments. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}

/** RFC 4648 section 5, without padding. */
export function toBase64url(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const a = bytes[at] ?? 0;
    const b = bytes[at + 1] ?? 0;
    const c = bytes[at + 2] ?? 0;
    text += BASE64URL.charAt(a >> 2) + BASE64URL.charAt(((a & 3) << 4) | (b >> 4));
    if (at + 1 < bytes.length) text += BASE64URL.charAt(((b & 15) << 2) | (c >> 6));
    if (at + 2 < bytes.length) text += BASE64URL.charAt(c & 63);
  }
  return text;
}

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const NO_DIGIT = 64;
/** The six bits of each character, by its code. */
const SIX_BITS = Uint8Array.from({ length: 128 }, (_, code) => {
  const at = BASE64URL.indexOf(String.fromCharCode(code));
  return at === -1 ? NO_DIGIT : at;
});

/**
 * Bytes of canonical base64url, or null. Canonical because the unused low bits of the last
 * character would otherwise give one token several spellings.
 */
export function fromBase64url(text: string): Uint8Array<ArrayBuffer> | null {
  if (text.length % 4 === 1) return null;
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0;
  let unused = 0;
  let filled = 0;
  for (let at = 0; at < text.length; at++) {
    const six = SIX_BITS[text.charCodeAt(at)] ?? NO_DIGIT;
    if (six === NO_DIGIT) return null;
    bits = ((bits << 6) | six) & 0xffff;
    unused += 6;
    if (unused < 8) continue;
    unused -= 8;
    bytes[filled++] = bits >> unused;
  }
  return (bits & ((1 << unused) - 1)) === 0 ? bytes : null;
}

/** Lower-case hexadecimal of the bytes from `start` to `end`. */
export function toHex(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = "";
  for (let at = start; at < end; at++) text += HEX[bytes[at] ?? 0];
  return text;
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Compares in constant time for values of equal length. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** As `equalBytes`, for two texts: without a copy of either. */
export function equalTexts(a: string, b: string): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}

/** A whole number below 2^32 in four bytes, the highest first. */
export function uint32(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

/** Bytes of base64url from our own store. */
export function storedBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64url(text);
  if (bytes === null) throw new TypeError("a stored value is not base64url");
  return bytes;
}

/** SHA-256 of a text in UTF-8, in base64url. */
export async function digestOf(text: string): Promise<string> {
  return toBase64url(new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text))));
}

/** The text of strict UTF-8 without a byte order mark; null where a byte is invalid. */
export function fromUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}
