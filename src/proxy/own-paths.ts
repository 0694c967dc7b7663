/**
 * What the gateway answers itself (DESIGN section 2), whatever a policy says: a rule for any of
 * these would never match.
 */
export const OWN_PATHS: readonly string[] = [
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
