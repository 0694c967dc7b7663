import type { Failure } from "../../core/failure.ts";
import { AdapterError } from "../../ports/adapter-error.ts";

/** Failures that only HTTP can have; the use cases know nothing of them. */
export type HttpFailure =
  | { readonly reason: "request-malformed" }
  | {
      readonly reason: "validation-failed";
      readonly errors: readonly FieldError[];
      /** What RFC 6749 calls it, where it has a name of its own. */
      readonly oauthError?: "unsupported_grant_type";
    }
  | { readonly reason: "request-timeout" }
  | { readonly reason: "payload-too-large" }
  | { readonly reason: "expectation-failed" }
  | { readonly reason: "head-too-large" }
  | { readonly reason: "unsupported-media-type" }
  | { readonly reason: "method-not-allowed"; readonly allow: readonly string[] }
  | { readonly reason: "store-unavailable"; readonly retryAfterSeconds: number }
  | { readonly reason: "internal" };

/** One field of a request that does not fit, by RFC 6901 pointer; never with its value. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

export type AnyFailure = Failure | HttpFailure;
export type ProblemCode = AnyFailure["reason"];
export type FailureOf<Code extends ProblemCode> = Extract<AnyFailure, { reason: Code }>;

/** What a problem is called on the wire, and what it means to who meets it. */
export interface ProblemSpec {
  readonly status: number;
  readonly title: string;
  /** For the person at the screen: no jargon, nothing that tells a stranger about an account. */
  readonly detail: string;
  /** For the developer: when it happens and what to do. */
  readonly meaning: string;
}

interface ProblemMembers {
  readonly errors?: FieldError[];
  readonly attempts_remaining?: number;
}

/** The one catalogue. A new failure does not compile until it has an entry here. */
export const PROBLEMS = {
  "request-malformed": {
    status: 400,
    title: "Malformed request",
    detail: "The request could not be read.",
    meaning:
      "The body is not valid UTF-8 JSON (or form data, at the token endpoint). Mend the request.",
  },
  "request-timeout": {
    status: 408,
    title: "Request too slow",
    detail: "The request did not arrive in time. Please try again.",
    meaning:
      "No byte came for 10 seconds while the gateway waited for more. A steady upload may take as long as it takes.",
  },
  "expectation-failed": {
    status: 417,
    title: "Expectation failed",
    detail: "The request asks for something that is not done here.",
    meaning: "The only `Expect` that is understood is `100-continue`.",
  },
  "head-too-large": {
    status: 431,
    title: "Request header fields too large",
    detail: "The request is too large.",
    meaning: "The head of a request may have 16 KiB: send fewer or smaller header fields.",
  },
  "validation-failed": {
    status: 422,
    title: "Validation failed",
    detail: "Some fields of the request do not fit.",
    meaning: "`errors` lists each field by JSON pointer. Mend them; nothing was changed.",
  },
  "payload-too-large": {
    status: 413,
    title: "Payload too large",
    detail: "The request is too large.",
    meaning:
      "The body exceeds 16 KiB at the gateway's own routes, 1 MiB where the policy judges it, MAX_UPLOAD elsewhere.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "Unsupported media type",
    detail: "The request is of a kind that is not understood here.",
    meaning: "Send `Content-Type: application/json` (a form is taken at the token endpoint only).",
  },
  "phone-unsupported": {
    status: 422,
    title: "Phone number not supported",
    detail: "Please enter a mobile number that we can send a code to.",
    meaning: "The text is no mobile number of an allowed country (ALLOWED_COUNTRIES).",
  },
  "otp-rejected": {
    status: 400,
    title: "Code not accepted",
    detail: "That code is not right, or it is no longer valid.",
    meaning:
      "Wrong, expired, used or unknown: all alike, so that nobody learns which. `attempts_remaining` is there while the challenge is open.",
  },
  "otp-exhausted": {
    status: 429,
    title: "Too many wrong codes",
    detail: "Too many wrong codes. Please ask for a new one.",
    meaning: "The challenge had its wrong tries (OTP_MAX_ATTEMPTS). Ask for a new code.",
  },
  "rate-limited": {
    status: 429,
    title: "Too many requests",
    detail: "Please wait a moment before you try again.",
    meaning:
      "A wait, a budget of the phone, a lock after many wrong codes, or a lost race. `Retry-After` says how many seconds to wait.",
  },
  "sms-unavailable": {
    status: 503,
    title: "No codes can be sent just now",
    detail: "We cannot send codes just now. Please try again in a moment.",
    meaning:
      "The message provider fails, or the service's budget of sends or wrong codes is spent: to everybody alike. `Retry-After` says when to try again; the log says why.",
  },
  "customer-stopped": {
    status: 403,
    title: "Deliveries stopped",
    detail: "This customer account is stopped. Please contact support.",
    meaning: "The phone is proven, but the customer's status is `stopped` or unknown.",
  },
  "user-inactive": {
    status: 403,
    title: "Login disabled",
    detail: "This login is disabled. Please contact support.",
    meaning: "The phone is proven, but the users record has `is_active: false`.",
  },
  "link-conflict": {
    status: 409,
    title: "Account records contradict each other",
    detail: "We could not match your account records. Please contact support.",
    meaning:
      "The phone is proven, but the records name several people. Nothing was written; the log and audit line says which.",
  },
  "not-owner": {
    status: 403,
    title: "Not yours",
    detail: "That does not belong to this account.",
    meaning: "The id names something that the caller does not own.",
  },
  "route-denied": {
    status: 403,
    title: "Not allowed",
    detail: "This account cannot do that.",
    meaning:
      "The policy has no rule that lets this role do this. `doorstep policy check` says which rule was looked at.",
  },
  "several-accounts": {
    status: 409,
    title: "Several accounts on this phone",
    detail: "Several customers share this number. Please call support.",
    meaning:
      "The phone is proven and has several customers, and this call of the old web app cannot ask which. POST /auth/otp/verify can. SUPPORT_PHONE, where it is set, is in `detail`.",
  },
  "upstream-unreachable": {
    status: 502,
    title: "Backend not reachable",
    detail: "We cannot do that just now. Please try again in a moment.",
    meaning:
      "The legacy backend refused the connection, broke off, or gave an answer that the policy cannot judge; the log says which.",
  },
  "upstream-timeout": {
    status: 504,
    title: "Backend too slow",
    detail: "That took too long. Please try again in a moment.",
    meaning: "The legacy backend did not answer within PROXY_TIMEOUT.",
  },
  "token-missing": {
    status: 401,
    title: "Login required",
    detail: "Please log in.",
    meaning: "Send `Authorization: Bearer` with an access token.",
  },
  "token-invalid": {
    status: 401,
    title: "Token not valid",
    detail: "Please log in again.",
    meaning: "The token was not made here, or its session has ended.",
  },
  "token-expired": {
    status: 401,
    title: "Token expired",
    detail: "Please log in again.",
    meaning: "The access token is past its life. Use the refresh token.",
  },
  "refresh-reused": {
    status: 400,
    title: "Refresh token used twice",
    detail: "Please log in again.",
    meaning:
      "An old refresh token was shown again, so the session was ended: somebody may have a copy.",
  },
  "not-found": {
    status: 404,
    title: "Not found",
    detail: "There is nothing here.",
    meaning: "No such path, or nothing of yours by that name.",
  },
  "method-not-allowed": {
    status: 405,
    title: "Method not allowed",
    detail: "That cannot be done here.",
    meaning: "`Allow` lists the methods of this path.",
  },
  "store-unavailable": {
    status: 503,
    title: "Temporarily unavailable",
    detail: "We cannot do that just now. Please try again in a moment.",
    meaning:
      "A store is down or slow, or this process is about to stop. Nothing is lost; `Retry-After` says when to try again.",
  },
  internal: {
    status: 500,
    title: "Internal error",
    detail: "Something went wrong on our side.",
    meaning: "Unexpected. The log line with this `instance` as its request id says more.",
  },
} as const satisfies Record<ProblemCode, ProblemSpec>;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];

/** What a failure adds to its problem, in the wire's own spelling. */
export function membersOf(failure: AnyFailure): ProblemMembers {
  if (failure.reason === "validation-failed") return { errors: [...failure.errors] };
  if (failure.reason === "otp-rejected" && failure.attemptsRemaining !== undefined) {
    return { attempts_remaining: failure.attemptsRemaining };
  }
  return {};
}

export function headersOf(failure: AnyFailure): Record<string, string> {
  switch (failure.reason) {
    case "rate-limited":
    case "sms-unavailable":
    case "store-unavailable":
      return { "Retry-After": String(failure.retryAfterSeconds) };
    case "method-not-allowed":
      return { Allow: failure.allow.join(", ") };
    case "token-missing":
      return { "WWW-Authenticate": "Bearer" };
    case "token-invalid":
    case "token-expired":
      // RFC 6750 section 3.1
      return { "WWW-Authenticate": 'Bearer error="invalid_token"' };
    default:
      return {};
  }
}

export type ProblemHeader = "Retry-After" | "WWW-Authenticate";

/** The names of what `headersOf` gives, but for `Allow`: no route answers 405 by itself. */
export function headerNamesOf(code: ProblemCode): readonly ProblemHeader[] {
  switch (code) {
    case "rate-limited":
    case "sms-unavailable":
    case "store-unavailable":
      return ["Retry-After"];
    case "token-missing":
    case "token-invalid":
    case "token-expired":
      return ["WWW-Authenticate"];
    default:
      return [];
  }
}

/** A store that is down is asked for again after this long. */
export const RETRY_AFTER_SECONDS = 5;

/** What a client is told of what was thrown. */
export function failureOfThrown(thrown: unknown): FailureOf<"store-unavailable" | "internal"> {
  const isDown = thrown instanceof AdapterError && thrown.kind === "unavailable";
  return isDown
    ? { reason: "store-unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS }
    : { reason: "internal" };
}
