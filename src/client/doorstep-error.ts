/** A problem of the gateway (docs/api.md, GET /problems/{code}). */
export type GatewayProblem =
  | "phone-unsupported"
  | "otp-rejected"
  | "otp-exhausted"
  | "rate-limited"
  | "sms-unavailable"
  | "customer-stopped"
  | "user-inactive"
  | "link-conflict"
  | "not-owner"
  | "route-denied"
  | "several-accounts"
  | "cross-site"
  | "upstream-unreachable"
  | "upstream-failed"
  | "upstream-timeout"
  | "token-missing"
  | "token-invalid"
  | "token-expired"
  | "refresh-reused"
  | "client-invalid"
  | "scope-missing"
  | "not-found"
  | "request-malformed"
  | "request-timeout"
  | "expectation-failed"
  | "head-too-large"
  | "validation-failed"
  | "payload-too-large"
  | "unsupported-media-type"
  | "method-not-allowed"
  | "store-unavailable"
  | "internal";

/** The login page sent the customer back without a code (RFC 6749 section 4.1.2.1). */
export type RedirectProblem =
  | "access_denied"
  | "interaction_required"
  | "invalid_request"
  | "invalid_scope"
  | "login_required"
  | "unsupported_response_type";

/**
 * A fault that this module finds.
 *
 * - `offline`: no answer came, or none of the gateway's. Nothing is lost: try again; after `finishSignIn` begin with `signIn`.
 * - `state-mismatch`: the answer belongs to no sign-in of this tab. Another site may have sent it.
 * - `issuer-mismatch`: another server answered (RFC 9207).
 * - `id-token-mismatch`: the ID token is for another sign-in, client or issuer.
 * - `foreign-address`: an address to return to is not on this page's origin.
 */
export type ClientProblem =
  | "offline"
  | "state-mismatch"
  | "issuer-mismatch"
  | "id-token-mismatch"
  | "foreign-address";

export type DoorstepCode = GatewayProblem | RedirectProblem | ClientProblem;

/** The members of an error that the gateway tells besides its code. */
export interface ToldMembers {
  /** The HTTP status; 0 where there was no answer. */
  readonly status?: number;
  /** Seconds to wait, where the gateway says so. */
  readonly retryAfter?: number | undefined;
  /** Tries that the code has left. */
  readonly attempts_remaining?: number;
  /** The wrong fields of a `validation-failed`. */
  readonly errors?: readonly { readonly pointer: string; readonly detail: string }[];
}

/** Every error of this module. Neither its message nor its members hold a token, a code or a phone. */
export class DoorstepError extends Error {
  override readonly name = "DoorstepError";
  readonly code: DoorstepCode;
  readonly status: number;
  readonly retryAfter: number | undefined;
  readonly attemptsRemaining: number | undefined;
  readonly errors: ToldMembers["errors"];

  constructor(code: DoorstepCode, message: string = code, members: ToldMembers = {}) {
    super(message);
    this.code = code;
    this.status = members.status || 0;
    this.retryAfter = members.retryAfter;
    this.attemptsRemaining = members.attempts_remaining;
    this.errors = members.errors;
  }
}
