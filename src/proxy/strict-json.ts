/** Deeper than any request of the backend's, and far from what exhausts a stack. */
const MAX_DEPTH = 64;
const TRAPS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** A key that no request of the backend's has: an operator of MongoDB, a trap of JavaScript. */
const isHostileKey = (key: string): boolean => key.startsWith("$") || TRAPS.has(key);

/**
 * JSON that every reader reads alike: UTF-8 without a byte order mark (RFC 8259 section 8.1), no key
 * twice in an object (Python takes the last, others the first), numbers that are finite.
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

/** Walks valid JSON by its strings and brackets. */
function keysAreFine(json: string, refusesKey: (key: string) => boolean): boolean {
  const open: Container[] = [];
  let keyExpected = false;
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === "{" || character === "[") {
      if (open.length === MAX_DEPTH) return false;
      open.push(character === "{" ? new Set() : "array");
      keyExpected = character === "{";
    } else if (character === "}" || character === "]") {
      open.pop();
      keyExpected = false;
    } else if (character === ",") {
      keyExpected = open.at(-1) !== "array";
    } else if (character === '"') {
      const end = endOfString(json, at);
      const keys = open.at(-1);
      if (keyExpected && keys instanceof Set) {
        const key: string = JSON.parse(json.slice(at, end + 1));
        if (keys.has(key) || refusesKey(key)) return false;
        keys.add(key);
      }
      keyExpected = false;
      at = end;
    }
  }
  return true;
}

/** The index of the quotation mark that ends the string which begins at `start`. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === "\\" ? 2 : 1;
  return at;
}

/** `1e400` is infinite here and in Python, and nothing once it is written again. */
function isFiniteThroughout(value: unknown): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(isFiniteThroughout);
}
