import type { CustomerId, UserId } from "./ids.ts";

/**
 * The contradiction that a refused login found in the data, for audit and `doorstep who`; never
 * shown to a client.
 */
export interface ConflictEvidence {
  readonly because:
    | "duplicate-customer-id"
    | "unusable-user"
    | "several-users"
    | "belongs-to-another"
    | "phone-differs"
    | "no-witness"
    | "no-free-email";
  readonly customerId: CustomerId;
  readonly userIds: readonly (UserId | null)[];
}

/** The window, lock or race that refused; for the log, not the client. */
export type LimitCause =
  | "phone-budget"
  | "device-budget"
  | "resend-wait"
  | "phone-locked"
  | "source-guesses"
  | "lost-race"
  | "address-limit"
  | "address-share"
  | "network-share"
  | "service-ceiling"
  | "waiting-look-ups"
  | "session-limit"
  | "secret-limit"
  | "policy-limit"
  | "connections"
  | "judged-bytes"
  | "uploads"
  | "probes";

/** The reason why no code can be sent at the moment, to any phone; for the log, not the client. */
export type SmsCause = "provider-down" | "service-ceiling";

/**
 * The reason why the legacy backend's answer could not be forwarded; for the log, not the client.
 */
export type UpstreamCause =
  | "no-connection"
  | "broken-answer"
  | "unjudgeable-answer"
  | "refused-our-token";

/** Every expected way in which a use case ends without its result. */
export type Failure =
  | { readonly reason: "phone-unsupported" }
  | {
      readonly reason: "otp-rejected";
      readonly attemptsRemaining?: number;
      /** This wrong code locked the phone; for the audit, not the client. */
      readonly locked?: true;
    }
  | { readonly reason: "otp-exhausted" }
  | {
      readonly reason: "rate-limited";
      readonly retryAfterSeconds: number;
      readonly cause: LimitCause;
    }
  | {
      readonly reason: "sms-unavailable";
      readonly retryAfterSeconds: number;
      readonly cause: SmsCause;
    }
  | { readonly reason: "customer-stopped" }
  | { readonly reason: "user-inactive" }
  | { readonly reason: "link-conflict"; readonly evidence: ConflictEvidence }
  | {
      readonly reason: "not-owner";
      /** The request's field that named another person's document; for the log, not the client. */
      readonly field?: string;
    }
  | { readonly reason: "route-denied" }
  | { readonly reason: "several-accounts" }
  | { readonly reason: "upstream-unreachable"; readonly cause: UpstreamCause }
  | { readonly reason: "upstream-timeout" }
  | { readonly reason: "not-found" }
  | { readonly reason: "token-missing" }
  | { readonly reason: "token-invalid" }
  | { readonly reason: "token-expired" }
  | { readonly reason: "refresh-reused" };

export type FailureOf<Reason extends Failure["reason"]> = Extract<Failure, { reason: Reason }>;

export function rateLimited(
  cause: LimitCause,
  allowedAt: number,
  now: number,
): FailureOf<"rate-limited"> {
  return { reason: "rate-limited", retryAfterSeconds: secondsUntil(allowedAt, now), cause };
}

export function smsUnavailable(
  cause: SmsCause,
  until: number,
  now: number,
): FailureOf<"sms-unavailable"> {
  return { reason: "sms-unavailable", retryAfterSeconds: secondsUntil(until, now), cause };
}

/** `Retry-After` counts whole seconds, and at least one. */
export const secondsUntil = (at: number, now: number): number =>
  Math.max(1, Math.ceil((at - now) / 1000));
