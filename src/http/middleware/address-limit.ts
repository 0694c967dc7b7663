import type { LimitState } from "../../ports/limits.ts";

/**
 * The state of an address limit, for the client (draft-ietf-httpapi-ratelimit-headers-10). Never
 * that of the phone's budgets: it would tell a stranger what others did with the number.
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
