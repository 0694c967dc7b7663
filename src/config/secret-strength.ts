import { fromBase64url } from "../core/bytes.ts";

/** The backend's own fallback and examples (LEGACY 4), and usual words of examples. */
export const COMMON_EXAMPLES = [
  "jwt-secret-key",
  "your-secret",
  "changeme",
  "change-me",
  "change_me",
  "change-this",
];
/** Parts of the secrets in this repository's own documents and tests, and rows of the keyboard. */
const PUBLISHED = [
  ...COMMON_EXAMPLES,
  "only-for-this-laptop",
  "a secret for trying the proxy",
  "of-the-tests",
  "-test-0123456789",
  "qwertyuiop",
  "asdfghjkl",
];
/** Sixteen random hexadecimal digits have fewer different ones once in 27,000 times; longer text never. */
const LEAST_DIFFERENT = 6;
/** Random hexadecimal digits count up or down this long once in a hundred million secrets. */
const LONGEST_RUN = 9;
/** A shorter repeated part is chance. */
const LEAST_REPEATED = 4;
/** Repetition is searched in so many bytes: a start must not take minutes for a file by mistake. */
const SEARCHED_BYTES = 1024;

/**
 * Whether an attacker would try the secret early: it is published, repeats itself or counts. The
 * text itself is judged and what it encodes, because zeros look random in no encoding, and bytes
 * that count look random in base64.
 */
export function isWeakSecret(secret: Uint8Array): boolean {
  const text = new TextDecoder().decode(secret);
  return [secret, ...encodedIn(text)].some(isPlain) || isPublished(text);
}

/** The bytes that a text can stand for, as base64, base64url or hexadecimal digits. */
export function encodedIn(text: string): readonly Uint8Array[] {
  const url = text
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/={1,2}$/, "");
  const decoded = url === "" ? null : fromBase64url(url);
  const pairs = /^(?:[0-9a-f]{2})+$/i.test(text) ? (text.match(/../g) ?? []) : [];
  const digits = Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
  return [...(decoded === null ? [] : [decoded]), ...(digits.length === 0 ? [] : [digits])];
}

function isPublished(text: string): boolean {
  const lower = text.toLowerCase();
  return PUBLISHED.some((words) => lower.includes(words));
}

function isPlain(bytes: Uint8Array): boolean {
  const steps = bytes.slice(1).map((byte, index) => byte - (bytes[index] ?? 0));
  return (
    new Set(bytes).size < LEAST_DIFFERENT ||
    new Set(steps).size < LEAST_DIFFERENT ||
    longestCount(steps) >= LONGEST_RUN ||
    mostlyRepeats(bytes.subarray(0, SEARCHED_BYTES))
  );
}

/** The length of the longest run in which each byte is one more, or one less, than the one before. */
function longestCount(steps: Uint8Array): number {
  let [longest, length, last] = [0, 0, 0];
  for (const step of steps) {
    const counts = step === 1 || step === 255;
    length = counts && (step === last || length === 0) ? length + 1 : counts ? 1 : 0;
    last = step;
    longest = Math.max(longest, length);
  }
  return longest + 1;
}

/** Whether more than half of the bytes repeat an earlier part of the secret. */
function mostlyRepeats(bytes: Uint8Array): boolean {
  let [repeated, at] = [0, 0];
  while (at < bytes.length) {
    const length = longestEarlier(bytes, at);
    repeated += length >= LEAST_REPEATED ? length : 0;
    at += length >= LEAST_REPEATED ? length : 1;
  }
  return repeated > bytes.length / 2;
}

/** The length of the longest part at `at` that also occurs earlier. */
function longestEarlier(bytes: Uint8Array, at: number): number {
  let longest = 0;
  for (let start = 0; start < at; start++) {
    let length = 0;
    while (at + length < bytes.length && bytes[start + length] === bytes[at + length]) length++;
    longest = Math.max(longest, length);
  }
  return longest;
}
