/**
 * Paths that the gateway answers itself under any policy: a rule for one of them would never match.
 */
export const OWN_PATHS: readonly string[] = [
  "/",
  "/auth/*",
  "/login/*",
  "/dev/*",
  "/webhooks/*",
  "/.well-known/*",
  "/problems/*",
  "/healthz",
  "/readyz",
  "/metrics",
  "/openapi.json",
  "POST /api/auth/otp/send",
  "POST /api/auth/otp/verify",
];

/**
 * For every method: a method that the gateway does not serve there is 405, and is not forwarded.
 */
const PATHS = OWN_PATHS.map((entry) => entry.slice(entry.indexOf("/")));
const EXACTLY = new Set(PATHS.map((path) => path.replace(/\/\*$/, "")));
const BELOW = PATHS.filter((path) => path.endsWith("/*")).map((path) => path.slice(0, -1));

/** Whether the gateway itself answers, without the policy. */
export function isOwnPath(path: string): boolean {
  return EXACTLY.has(path) || BELOW.some((prefix) => path.startsWith(prefix));
}
