/** Deeper than any request of the backend's, and far from what exhausts a stack. */
const MAX_DEPTH = 64;
/** A megabyte of keys would hold everybody up; no request of the backend's has a thousand. */
const MAX_KEYS = 10_000;
const TRAPS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** A key that no request of the backend's has: an operator of MongoDB, a trap of JavaScript. */
const isHostileKey = (key: string): boolean => key.startsWith("$") || TRAPS.has(key);

/**
 * JSON that every reader reads alike: UTF-8 without a byte order mark (RFC 8259 section 8.1), no key
 * twice in an object (Python takes the last, others the first), numbers that are finite.
 *
 * Objects nest 64 deep at most and have 10,000 keys in all.
 *
 * @param refusesKey keys that make the text unreadable, after their escapes are undone
 * @returns null where it is anything else
 */
export function parseStrictJson(
  bytes: Uint8Array,
  refusesKey: (key: string) => boolean = isHostileKey,
): { readonly value: unknown } | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    // First: what scans the keys relies on valid JSON.
    const value: unknown = JSON.parse(text);
    return keysAreFine(text, refusesKey) && isFiniteThroughout(value) ? { value } : null;
  } catch {
    return null;
  }
}

/** An object's keys so far; `array` for an array. */
type Container = Set<string> | "array";

const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY, COMMA, QUOTE] = codesOf('{}[],"');

function codesOf(text: string): readonly number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}

/** Walks valid JSON by its strings and brackets. */
function keysAreFine(json: string, refusesKey: (key: string) => boolean): boolean {
  const open: Container[] = [];
  let keyExpected = false;
  let keysSeen = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (open.length === MAX_DEPTH) return false;
      keyExpected = code === OPEN_OBJECT;
      open.push(keyExpected ? new Set() : "array");
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop();
      keyExpected = false;
    } else if (code === COMMA) {
      keyExpected = open.at(-1) !== "array";
    } else if (code === QUOTE) {
      const end = endOfString(json, at);
      const keys = open.at(-1);
      if (keyExpected && keys instanceof Set) {
        const key = unescaped(json.slice(at, end + 1));
        if (++keysSeen > MAX_KEYS || keys.has(key) || refusesKey(key)) return false;
        keys.add(key);
      }
      keyExpected = false;
      at = end;
    }
  }
  return true;
}

/** A string's text, without its quotation marks. */
const unescaped = (string: string): string =>
  string.includes("\\") ? JSON.parse(string) : string.slice(1, -1);

/** The index of the quotation mark that ends the string which begins at `start`. */
function endOfString(json: string, start: number): number {
  let end = json.indexOf('"', start + 1);
  while (isEscaped(json, end)) end = json.indexOf('"', end + 1);
  return end;
}

/** Whether an odd number of backslashes stands before it. */
function isEscaped(json: string, at: number): boolean {
  let before = at;
  while (json[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
}

/** `1e400` is infinite here and in Python, and nothing once it is written again. */
function isFiniteThroughout(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(isFiniteThroughout);
}
