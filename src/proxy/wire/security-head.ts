import type { HeaderList } from "../../ports/upstream.ts";

/** What of the site and the answer decides its security headers. */
export interface SecurityContext {
  /** Whether PUBLIC_URL is https. */
  readonly isHttps: boolean;
  /** Whether the answer is for its caller alone. */
  readonly isPrivate: boolean;
}

const ALWAYS: HeaderList = [
  // The echo of an uploaded file is a page on the login page's origin: it may do nothing there.
  ["content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"],
  ["referrer-policy", "no-referrer"],
  ["x-content-type-options", "nosniff"],
  ["x-frame-options", "DENY"],
];
/** No page of another site loads it as an image or a script; a fetch by CORS is not touched. */
const PRIVATE: HeaderList = [["cross-origin-resource-policy", "same-origin"]];
const HSTS: HeaderList = [["strict-transport-security", "max-age=31536000"]];

/** What a browser may do with an answer, the gateway's own or the backend's. */
export const securityHead = ({ isHttps, isPrivate }: SecurityContext): HeaderList => [
  ...ALWAYS,
  ...(isPrivate ? PRIVATE : []),
  ...(isHttps ? HSTS : []),
];
