import type { HeaderList } from "../../ports/upstream.ts";

/** The properties of site and answer that decide its security headers. */
export interface SecurityContext {
  /** Whether PUBLIC_URL is https. */
  readonly isHttps: boolean;
  /** Whether the answer is only for its caller. */
  readonly isPrivate: boolean;
}

const ALWAYS: HeaderList = [
  // The echo of an uploaded file is a page on the login page's origin: it may do nothing there.
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
];
/**
 * Keeps pages of other sites from loading the answer as an image or a script; CORS is not affected.
 */
const PRIVATE: HeaderList = [["cross-origin-resource-policy", "same-origin"]];
const HSTS: HeaderList = [["strict-transport-security", "max-age=31536000"]];

/** Restrictions on a browser's use of an answer, the gateway's own or the backend's. */
export function securityHead({ isHttps, isPrivate }: SecurityContext): HeaderList {
  if (isPrivate) return isHttps ? PRIVATE_HTTPS : PRIVATE_HTTP;
  return isHttps ? PUBLIC_HTTPS : ALWAYS;
}

const PRIVATE_HTTP: HeaderList = [...ALWAYS, ...PRIVATE];
const PRIVATE_HTTPS: HeaderList = [...PRIVATE_HTTP, ...HSTS];
const PUBLIC_HTTPS: HeaderList = [...ALWAYS, ...HSTS];
