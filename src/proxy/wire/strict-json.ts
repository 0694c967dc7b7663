import { JsonTokens } from "./json-tokens.ts";

/** Deeper than any request of the backend, and far from exhausting a stack. */
const MAX_DEPTH = 64;
/** A megabyte of keys would block other requests; no request of the backend has a thousand. */
const MAX_KEYS = 10_000;
/** A reader of each value would be blocked by a megabyte of `[[],[],...]`. */
const MAX_VALUES = 100_000;
const TRAPS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Up to 15 digits pass through a double unchanged (IEEE 754): the shortest decimal of the double is
 * the written number. An exponent could leave the range.
 */
const SHORT_NUMBER = /^-?[\d.]{1,15}$/;

/** A key that no request of the backend has: an operator of MongoDB, a trap of JavaScript. */
const isHostileKey = (key: string): boolean => key.startsWith("$") || TRAPS.has(key);

/** A JSON text, its value, and whether it holds something that no honest client sends. */
export interface StrictJson {
  readonly text: string;
  readonly value: unknown;
  /** A refused key, or a number that is infinite here and in Python. */
  readonly isHostile: boolean;
  /** Whether each number of the value has the digits of the text: see `SHORT_NUMBER`. */
  readonly hasExactNumbers: boolean;
}

/**
 * JSON that every reader reads alike: UTF-8 without a byte order mark (RFC 8259 section 8.1), no
 * duplicate key in an object (Python takes the last, other readers the first).
 *
 * Objects and arrays nest at most 64 deep, with 10,000 keys and 100,000 values in all.
 *
 * @param refusesKey keys, with their escapes decoded, that make the text hostile
 * @returns null for any other text
 */
export function readStrictJson(
  bytes: Uint8Array,
  refusesKey: (key: string) => boolean = isHostileKey,
): StrictJson | null {
  const text = decodedUtf8(bytes);
  const judged = text === null ? null : judgeTokens(text, refusesKey);
  return text === null || judged === null ? null : { text, value: JSON.parse(text), ...judged };
}

/** As `readStrictJson`; null for a hostile text as well. */
export function parseStrictJson(
  bytes: Uint8Array,
  refusesKey?: (key: string) => boolean,
): { readonly value: unknown } | null {
  const read = readStrictJson(bytes, refusesKey);
  return read === null || read.isHostile ? null : { value: read.value };
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Null for invalid UTF-8; a byte order mark stays, and is not JSON. */
export function decodedUtf8(bytes: Uint8Array): string | null {
  try {
    return UTF8.decode(bytes);
  } catch {
    return null;
  }
}

function judgeTokens(
  text: string,
  refusesKey: (key: string) => boolean,
): Pick<StrictJson, "isHostile" | "hasExactNumbers"> | null {
  const tokens = new JsonTokens(text, MAX_DEPTH);
  const keys = new OpenKeys();
  let [isHostile, hasExactNumbers] = [false, true];
  let [keysSeen, valuesSeen] = [0, 0];
  while (tokens.next()) {
    switch (tokens.token) {
      case "key":
        if (++keysSeen > MAX_KEYS || !keys.add(tokens.key)) return null;
        isHostile ||= refusesKey(tokens.key);
        break;
      case "object":
        keys.open();
        break;
      case "object-end":
        keys.close();
        break;
      case "number": {
        const written = text.slice(tokens.start, tokens.end);
        if (SHORT_NUMBER.test(written)) break;
        hasExactNumbers = false;
        isHostile ||= !Number.isFinite(Number(written));
      }
    }
    if (tokens.token !== "key" && ++valuesSeen > 2 * MAX_VALUES) return null;
  }
  return tokens.isComplete ? { isHostile, hasExactNumbers } : null;
}

/** The keys of each open object, the innermost last. */
export class OpenKeys {
  readonly #objects: Set<string>[] = [];

  open(): void {
    this.#objects.push(new Set());
  }

  close(): void {
    this.#objects.pop();
  }

  /** False where the innermost object already has that key. */
  add(key: string): boolean {
    const keys = this.#objects.at(-1);
    if (keys?.has(key)) return false;
    keys?.add(key);
    return true;
  }
}
