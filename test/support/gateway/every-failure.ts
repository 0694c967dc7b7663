import type { CustomerId, UserId } from "../../../src/core/ids.ts";
import type { AnyFailureOf, ProblemCode } from "../../../src/http/problems/problems.ts";

/**
 * One failure of each kind, with every value that it can carry. A kind or a value that is missing
 * here does not compile.
 */
export const EVERY_FAILURE: { readonly [Code in ProblemCode]: Required<AnyFailureOf<Code>> } = {
  "cross-site": { reason: "cross-site" },
  "request-malformed": { reason: "request-malformed" },
  "request-timeout": { reason: "request-timeout" },
  "expectation-failed": { reason: "expectation-failed" },
  "head-too-large": { reason: "head-too-large" },
  "validation-failed": {
    reason: "validation-failed",
    errors: [{ pointer: "/phone", detail: "must be of type string" }],
    oauthError: "unsupported_grant_type",
  },
  "phone-unsupported": { reason: "phone-unsupported" },
  "otp-rejected": { reason: "otp-rejected", attemptsRemaining: 0, locked: true },
  "otp-exhausted": { reason: "otp-exhausted" },
  "rate-limited": { reason: "rate-limited", retryAfterSeconds: 86_400, cause: "phone-locked" },
  "sms-unavailable": { reason: "sms-unavailable", retryAfterSeconds: 30, cause: "provider-down" },
  "customer-stopped": { reason: "customer-stopped" },
  "user-inactive": { reason: "user-inactive" },
  "not-owner": { reason: "not-owner", field: "body.subscription_id" },
  "route-denied": { reason: "route-denied" },
  "several-accounts": { reason: "several-accounts" },
  "upstream-unreachable": { reason: "upstream-unreachable", cause: "no-connection" },
  "upstream-failed": { reason: "upstream-failed", status: 500 },
  "upstream-timeout": { reason: "upstream-timeout" },
  "link-conflict": {
    reason: "link-conflict",
    evidence: {
      because: "several-users",
      customerId: "c-1" as CustomerId,
      userIds: ["u-1" as UserId, null],
    },
  },
  "token-missing": { reason: "token-missing" },
  "token-invalid": { reason: "token-invalid" },
  "token-expired": { reason: "token-expired" },
  "refresh-reused": { reason: "refresh-reused" },
  "store-unavailable": { reason: "store-unavailable", retryAfterSeconds: 5 },
  "payload-too-large": { reason: "payload-too-large" },
  "unsupported-media-type": { reason: "unsupported-media-type" },
  "client-invalid": { reason: "client-invalid" },
  "scope-missing": { reason: "scope-missing" },
  "not-found": { reason: "not-found" },
  "method-not-allowed": { reason: "method-not-allowed", allow: ["GET", "DELETE"] },
  internal: { reason: "internal" },
};
