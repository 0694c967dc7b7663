import { equalBytes, toBase64url, utf8 } from "../core/bytes.ts";
import { cookieFor } from "./cookies.ts";
import type { PageCall } from "./page-call.ts";

const COOKIE = "form";
const TOKEN_BYTES = 16;
const LIFE_SECONDS = 24 * 3600;

/**
 * Whether a form came from this page. Another site's form could sign its visitor in as another
 * person (login CSRF), or have messages sent from the visitor's address. Browsers name the source
 * of a request in `Sec-Fetch-Site`, older ones in `Origin`. For a browser with neither, the form
 * and a cookie must hold the same token: no other site can set or read that cookie.
 */
export function isFromThisPage({ cookie, form, header, site }: PageCall): boolean {
  const from = header("sec-fetch-site");
  if (from !== undefined) return from === "same-origin";
  const origin = header("origin");
  if (origin !== undefined) return origin === site.publicUrl.text;
  const kept = utf8(cookie(COOKIE) ?? "");
  return kept.length >= TOKEN_BYTES && equalBytes(kept, utf8(form["token"] ?? ""));
}

/** The token for the page's forms, and its cookie where the browser has none. */
export function formToken({ cookie, gateway, header, site }: PageCall): {
  readonly token: string;
  readonly cookies: readonly string[];
} {
  if (header("sec-fetch-site") !== undefined) return { token: "", cookies: [] };
  const kept = cookie(COOKIE);
  if (kept !== undefined && kept.length >= TOKEN_BYTES) return { token: kept, cookies: [] };
  const token = toBase64url(gateway.runtime.randomBytes(TOKEN_BYTES));
  const set = cookieFor(site, COOKIE, token, { maxAge: LIFE_SECONDS, sameSite: "Strict" });
  return { token, cookies: [set] };
}
