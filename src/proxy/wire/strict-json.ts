import { JsonTokens } from "./json-tokens.ts";

/** Deeper than any request of the backend's, and far from what exhausts a stack. */
const MAX_DEPTH = 64;
/** A megabyte of keys would hold everybody up; no request of the backend's has a thousand. */
const MAX_KEYS = 10_000;
/** Whoever looks at each value of a list would be held up by a megabyte of `[[],[],...]`. */
const MAX_VALUES = 100_000;
const TRAPS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** A key that no request of the backend's has: an operator of MongoDB, a trap of JavaScript. */
const isHostileKey = (key: string): boolean => key.startsWith("$") || TRAPS.has(key);

/** A JSON text, what it says, and whether it says what no honest client would. */
export interface StrictJson {
  readonly text: string;
  readonly value: unknown;
  /** A refused key, or a number that is infinite here and in Python. */
  readonly isHostile: boolean;
}

/**
 * JSON that every reader reads alike: UTF-8 without a byte order mark (RFC 8259 section 8.1), no key
 * twice in an object (Python takes the last, others the first).
 *
 * Objects and arrays nest 64 deep at most, with 10,000 keys and 100,000 values in all.
 *
 * @param refusesKey keys that make the text hostile, after their escapes are undone
 * @returns null where it is anything else
 */
export function readStrictJson(
  bytes: Uint8Array,
  refusesKey: (key: string) => boolean = isHostileKey,
): StrictJson | null {
  const text = decodedUtf8(bytes);
  const judged = text === null ? null : judgeTokens(text, refusesKey);
  return text === null || judged === null ? null : { text, value: JSON.parse(text), ...judged };
}

/** As `readStrictJson`; null for what is hostile as well. */
export function parseStrictJson(
  bytes: Uint8Array,
  refusesKey?: (key: string) => boolean,
): { readonly value: unknown } | null {
  const read = readStrictJson(bytes, refusesKey);
  return read === null || read.isHostile ? null : { value: read.value };
}

/** Null for what is no UTF-8; a byte order mark stays, and is no JSON. */
export function decodedUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function judgeTokens(
  text: string,
  refusesKey: (key: string) => boolean,
): Pick<StrictJson, "isHostile"> | null {
  const tokens = new JsonTokens(text, MAX_DEPTH);
  const keys = new OpenKeys();
  let isHostile = false;
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
      case "number":
        isHostile ||= !Number.isFinite(Number(text.slice(tokens.start, tokens.end)));
    }
    if (tokens.token !== "key" && ++valuesSeen > 2 * MAX_VALUES) return null;
  }
  return tokens.isComplete ? { isHostile } : null;
}

/** The keys of each object that is open, the innermost last. */
export class OpenKeys {
  readonly #objects: Set<string>[] = [];

  open(): void {
    this.#objects.push(new Set());
  }

  close(): void {
    this.#objects.pop();
  }

  /** False where the innermost object has that key already. */
  add(key: string): boolean {
    const keys = this.#objects.at(-1);
    if (keys?.has(key)) return false;
    keys?.add(key);
    return true;
  }
}
