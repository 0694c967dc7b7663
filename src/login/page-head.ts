import { toBase64url, utf8 } from "../core/bytes.ts";
import type { PageRules } from "../core/login-page.ts";
import { styleFor } from "./look.ts";
import { SCRIPT } from "./script.ts";

/** By text: hashing the same style and script for every page would be most of its work. */
const hashes = new Map<string, string>();

/**
 * Headers of the login page only. The policy allows the one style and the one script, by their
 * hashes, and nothing else: markup in a name, a brand or a number has no effect even if it gets
 * into the page. No frame (clickjacking), no form of another site, no request to any other host.
 *
 * `Referrer-Policy: same-origin`: under `no-referrer` a browser sends `Origin: null` with our own
 * forms.
 *
 * @param formAction the target that a form may have besides this page: Chromium checks the redirect
 * after a form against it as well
 */
export async function pageHead(
  rules: PageRules,
  formAction: string | undefined,
): Promise<Readonly<Record<string, string>>> {
  const [style, script] = [await hashOf(styleFor(rules)), await hashOf(SCRIPT)];
  const images = rules.logoUrl === null ? [] : [rules.logoUrl.origin];
  const policy = [
    "default-src 'none'",
    `style-src '${style}'`,
    `script-src '${script}'`,
    `img-src ${["data:", ...images].join(" ")}`,
    "connect-src 'self'",
    `form-action ${["'self'", ...(formAction === undefined ? [] : [formAction])].join(" ")}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ];
  return {
    "Content-Security-Policy": policy.join("; "),
    "Referrer-Policy": "same-origin",
    Vary: "Accept-Language, Cookie",
  };
}

/** In the form of CSP: base64 with padding. */
async function hashOf(text: string): Promise<string> {
  const known = hashes.get(text);
  if (known !== undefined) return known;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text)));
  const base64 = toBase64url(digest).replaceAll("-", "+").replaceAll("_", "/");
  const made = `sha256-${base64}=`;
  hashes.set(text, made);
  return made;
}
