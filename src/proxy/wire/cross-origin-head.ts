import type { HeaderList } from "../../ports/upstream.ts";

export interface CrossOriginContext {
  /** The request's `Origin`, or null. */
  readonly origin: string | null;
  readonly allowedOrigins: readonly string[];
}

/** The headers that a page of an allowed origin may read. */
const EXPOSED = "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id";

/**
 * The CORS headers that let a page of an allowed origin read an answer, the gateway's own or the
 * backend's; empty for every other page. No `Allow-Credentials`: no cookie is read across origins.
 */
export function crossOriginHead({ allowedOrigins, origin }: CrossOriginContext): HeaderList {
  const isAny = allowedOrigins.includes("*");
  if (origin === null || !(isAny || allowedOrigins.includes(origin))) return [];
  return [
    ["access-control-allow-origin", isAny ? "*" : origin],
    ["access-control-expose-headers", EXPOSED],
  ];
}
