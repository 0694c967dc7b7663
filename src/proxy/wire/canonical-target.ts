import { fail, ok, type Result } from "../../core/result.ts";

interface CanonicalTarget {
  /** The only spelling that is matched and forwarded. */
  readonly path: string;
  /** Empty, or begins with `?`. */
  readonly query: string;
}

type Malformed = { readonly reason: "request-malformed" };

/** A target that every reader understands alike, already in its one spelling. */
const PLAIN =
  /^((?:\/(?!\.{1,2}(?:[/?]|$))[\w.!~*'()-]+)+\/?)(\?[\w!$%&()*+,./:;=?@[\]^`{|}~-]+)?$/;

/** A path in that spelling, without characters that a decoder changes. */
const PLAIN_PATH = /^(?:\/(?!\.{1,2}(?:\/|$))[\w.!~*'()-]+)+\/?$/;

/**
 * As `canonicalTarget`, of a request-target in origin form (RFC 9112 section 3.2.1). Most targets
 * are in their one spelling, and need no URL to be built.
 */
export function canonicalOf(target: string): Result<CanonicalTarget, Malformed> {
  const [, path, query = ""] = PLAIN.exec(target) ?? [];
  return path === undefined
    ? canonicalTarget(`http://client.invalid${target}`)
    : ok({ path, query });
}

/**
 * The one spelling of a request's path. The backend percent-decodes before it routes, `%2F`
 * included (LEGACY 6), so a path that could be read as other segments than ours is refused.
 *
 * @param url absolute, from `request.url`, where dot segments are already resolved;
 * `isAmbiguousTarget` has judged them before
 */
export function canonicalTarget(url: string): Result<CanonicalTarget, Malformed> {
  const parsed = URL.parse(url);
  if (parsed === null || url.includes("#")) return fail({ reason: "request-malformed" });
  const segments = decodedSegments(parsed.pathname);
  if (segments === null) return fail({ reason: "request-malformed" });
  const slash = segments.length > 0 && parsed.pathname.endsWith("/") ? "/" : "";
  const path = `/${segments.map(encodeURIComponent).join("/")}${slash}`;
  return ok({ path, query: parsed.search });
}

/**
 * The segments of a path as the backend sees them after it decodes the whole; a slash at the end
 * adds none. Null where they are ambiguous.
 */
export function decodedSegments(path: string): readonly string[] | null {
  if (!path.startsWith("/")) return null;
  const parts = path.slice(1).split("/");
  if (parts.at(-1) === "") parts.pop();
  // Such a path is what it decodes to, and no segment of it is ambiguous.
  if (PLAIN_PATH.test(path)) return parts;
  const decoded = parts.map(strictlyDecoded).filter((segment) => segment !== null);
  const isClear = decoded.length === parts.length && decoded.every(isPlain);
  return isClear ? decoded : null;
}

/** RFC 3986 section 2.1, as UTF-8 without overlong forms or surrogates; null for anything else. */
export function strictlyDecoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}

/**
 * Forbidden in a decoded segment: a separator (`/`, `\`, `;`, `?`, `#`); a control, since Python's
 * `$` matches before a last newline; an escape, which a second decoder would decode.
 */
const AMBIGUOUS = /[/\\;?#\p{Cc}\p{Zl}\p{Zp}]|%[0-9A-Fa-f]{2}/u;

const isPlain = (segment: string): boolean =>
  segment !== "" && segment !== "." && segment !== ".." && !AMBIGUOUS.test(segment);

/** `.` and `..` in every spelling that the URL standard resolves. */
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

/**
 * Whether a raw request-target (RFC 9112 section 3.2) could become another one when a reader
 * normalises it: absolute form, `//`, a backslash, dot segments, a fragment, invalid bytes. A
 * parsed URL no longer shows any of these.
 */
export function isAmbiguousTarget(rawTarget: string): boolean {
  if (PLAIN.test(rawTarget)) return false;
  if (!/^\/(?!\/)[!-~]*$/.test(rawTarget) || rawTarget.includes("#")) return true;
  const [path = ""] = rawTarget.split("?", 1);
  return path.includes("\\") || path.split("/").some((segment) => DOT_SEGMENT.test(segment));
}
