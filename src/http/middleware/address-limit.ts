import type { LimitState } from "../../ports/limits.ts";

/**
 * What a client may know of an address limit (draft-ietf-httpapi-ratelimit-headers-10). Never of
 * the phone's budgets: those would tell a stranger what others did with the number.
 */
export function rateLimitHeaders({
  remaining,
  resetMs,
  window,
}: LimitState): Record<string, string> {
  const seconds = Math.max(1, Math.ceil(resetMs / 1000));
  return {
    "RateLimit-Policy": `"address";q=${window.limit};w=${window.windowMs / 1000}`,
    RateLimit: `"address";r=${remaining};t=${seconds}`,
  };
}
