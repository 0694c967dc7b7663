import type { AnyFailure, Catalogue, ProblemCode } from "./problems.ts";

/** A refused refresh is always 400 `invalid_grant`; the code tells the log more. */
const INVALID_GRANT = { status: 400, error: "invalid_grant" } as const;
/** RFC 6750 section 3.1. */
const INVALID_TOKEN = 'Bearer error="invalid_token"';

const RETRY_AFTER = { header: "Retry-After" } as const;
const LOGGED = { cause: (word: string) => word };
const UNTOLD = {};

/**
 * The one catalogue: the form of each failure on the wire and in the log. A new failure does not
 * compile until it has an entry here, with a place for each of its values.
 */
export const PROBLEMS = {
  "phone-unsupported": {
    status: 422,
    title: "Phone number not supported",
    detail: "Please enter a mobile number that we can send a code to.",
    meaning: "The text is not a mobile number of an allowed country (ALLOWED_COUNTRIES).",
    oauth: INVALID_GRANT,
  },
  "otp-rejected": {
    status: 400,
    title: "Code not accepted",
    detail: "That code is not right, or it is no longer valid.",
    meaning:
      "The code is wrong, expired, used or unknown. The answer does not say which, so that a stranger learns nothing. `attempts_remaining` is present while the challenge is open.",
    oauth: INVALID_GRANT,
    told: { attemptsRemaining: { member: "attempts_remaining" }, locked: UNTOLD },
  },
  "otp-exhausted": {
    status: 429,
    title: "Too many wrong codes",
    detail: "Too many wrong codes. Please ask for a new one.",
    meaning:
      "The challenge took as many wrong codes as OTP_MAX_ATTEMPTS allows. Ask for a new code.",
    oauth: INVALID_GRANT,
  },
  "rate-limited": {
    status: 429,
    title: "Too many requests",
    detail: "Please wait a moment before you try again.",
    meaning:
      "The phone must wait between messages, its budget is spent, it is locked after many wrong codes, or concurrent requests changed the same record. `Retry-After` says how many seconds to wait.",
    oauth: { status: 429, error: "temporarily_unavailable" },
    told: { retryAfterSeconds: RETRY_AFTER, cause: LOGGED },
  },
  "sms-unavailable": {
    status: 503,
    title: "No codes can be sent just now",
    detail: "We cannot send codes just now. Please try again in a moment.",
    meaning:
      "The message provider fails, or the budget of the whole service for messages or wrong codes is spent. Every caller gets this answer. `Retry-After` says when to try again; the log says why.",
    oauth: { status: 503, error: "temporarily_unavailable" },
    told: { retryAfterSeconds: RETRY_AFTER, cause: LOGGED },
  },
  "customer-stopped": {
    status: 403,
    title: "Deliveries stopped",
    detail: "This customer account is stopped. Please contact support.",
    meaning: "The phone is proven, but the customer's status is `stopped` or unknown.",
    oauth: INVALID_GRANT,
  },
  "user-inactive": {
    status: 403,
    title: "Login disabled",
    detail: "This login is disabled. Please contact support.",
    meaning: "The phone is proven, but the users record has `is_active: false`.",
    oauth: INVALID_GRANT,
  },
  "link-conflict": {
    status: 409,
    title: "Account records contradict each other",
    detail: "We could not match your account records. Please contact support.",
    meaning:
      "The phone is proven, but the records contradict each other about who its owner is. Nothing was written; the log and the audit line name the contradiction.",
    oauth: INVALID_GRANT,
    told: { evidence: { cause: ({ because }) => because } },
  },
  "not-owner": {
    status: 403,
    title: "Not yours",
    detail: "That does not belong to this account.",
    meaning: "The id names something that the caller does not own.",
    oauth: INVALID_GRANT,
    told: { field: LOGGED },
  },
  "route-denied": {
    status: 403,
    title: "Not allowed",
    detail: "This account cannot do that.",
    meaning:
      "No rule of the policy allows this request for the caller's role. `doorstep policy check` shows which rule decides.",
    oauth: INVALID_GRANT,
  },
  "several-accounts": {
    status: 409,
    title: "Several accounts on this phone",
    detail: "Several customers share this number. Sign in at {PUBLIC_URL}/login to choose.",
    meaning:
      "The phone is proven and belongs to several customers, and the old web app cannot ask which one logs in. The login page can, and so can POST /auth/otp/verify. A choice made on the page counts for the old web app in the same browser, where the gateway's own origin serves it.",
    oauth: INVALID_GRANT,
  },
  "cross-site": {
    status: 403,
    title: "Form of another site",
    detail: "For your safety, please start at our own page.",
    meaning:
      "A form of the login page was sent by a page of another origin, or by a browser that shows neither `Sec-Fetch-Site`, `Origin` nor the form's own token. Where every customer meets this, PUBLIC_URL is not the address in their browsers.",
    oauth: { status: 403, error: "invalid_request" },
  },
  "upstream-unreachable": {
    status: 502,
    title: "Backend not reachable",
    detail: "We cannot do that just now. Please try again in a moment.",
    meaning:
      "The legacy backend refused the connection, closed it early, or sent an answer that the policy cannot judge. The log says which.",
    oauth: { status: 503, error: "temporarily_unavailable" },
    told: { cause: LOGGED },
  },
  "upstream-failed": {
    status: 500,
    title: "Backend failed",
    detail: "We cannot do that just now. Please try again in a moment.",
    meaning:
      "The legacy backend answered with an error that the policy cannot judge, such as plain text where a rule redacts JSON. The status is the backend's own; its text is left out because it may quote a document.",
    oauth: { status: 503, error: "temporarily_unavailable" },
    told: { status: { isStatus: true } },
  },
  "upstream-timeout": {
    status: 504,
    title: "Backend too slow",
    detail: "That took too long. Please try again in a moment.",
    meaning: "The legacy backend did not answer within PROXY_TIMEOUT.",
    oauth: { status: 503, error: "temporarily_unavailable" },
  },
  "token-missing": {
    status: 401,
    challenge: "Bearer",
    title: "Login required",
    detail: "Please log in.",
    meaning: "Send `Authorization: Bearer` with an access token.",
    oauth: INVALID_GRANT,
  },
  "token-invalid": {
    status: 401,
    challenge: INVALID_TOKEN,
    title: "Token not valid",
    detail: "Please log in again.",
    meaning: "The token was not issued by this gateway, or its session has ended.",
    oauth: INVALID_GRANT,
  },
  "token-expired": {
    status: 401,
    challenge: INVALID_TOKEN,
    title: "Token expired",
    detail: "Please log in again.",
    meaning: "The access token has expired. Use the refresh token.",
    oauth: INVALID_GRANT,
  },
  "refresh-reused": {
    status: 400,
    title: "Refresh token used twice",
    detail: "Please log in again.",
    meaning:
      "A refresh token that was already replaced was used again. The session was ended, because another person may hold a copy.",
    oauth: INVALID_GRANT,
  },
  "client-invalid": {
    status: 401,
    challenge: 'Basic realm="doorstep"',
    title: "Client not valid",
    detail: "This app could not show who it is.",
    meaning:
      "The client's secret is wrong, or came by another method than its `token_endpoint_auth_method`. Each name and secret is form-encoded before Basic (RFC 6749 section 2.3.1).",
    oauth: { status: 401, error: "invalid_client" },
  },
  "scope-missing": {
    status: 403,
    challenge: 'Bearer error="insufficient_scope", scope="openid"',
    title: "Scope missing",
    detail: "This app may not see that.",
    meaning: "The access token was issued without the scope `openid`.",
    oauth: INVALID_GRANT,
  },
  "not-found": {
    status: 404,
    title: "Not found",
    detail: "There is nothing here.",
    meaning: "The path does not exist, or it names nothing that belongs to the caller.",
    oauth: { status: 404, error: "invalid_request" },
  },
  "request-malformed": {
    status: 400,
    title: "Malformed request",
    detail: "The request could not be read.",
    meaning:
      "The body is not valid UTF-8 JSON (or form data, at the token endpoint). Correct the request.",
    oauth: { status: 400, error: "invalid_request" },
  },
  "request-timeout": {
    status: 408,
    title: "Request too slow",
    detail: "The request did not arrive in time. Please try again.",
    meaning:
      "No byte arrived for 10 seconds while the gateway waited for the rest of the request. A steady upload has no time limit.",
    oauth: { status: 408, error: "invalid_request" },
  },
  "expectation-failed": {
    status: 417,
    title: "Expectation failed",
    detail: "The request asks for something that this server does not do.",
    meaning: "The gateway understands only `Expect: 100-continue`.",
    oauth: { status: 417, error: "invalid_request" },
  },
  "head-too-large": {
    status: 431,
    title: "Request header fields too large",
    detail: "The request is too large.",
    meaning: "The head of a request may have at most 16 KiB: send fewer or smaller header fields.",
    oauth: { status: 431, error: "invalid_request" },
  },
  "validation-failed": {
    status: 422,
    title: "Validation failed",
    detail: "Some fields of the request do not fit.",
    meaning: "`errors` lists each wrong field by JSON pointer. Correct them; nothing was changed.",
    oauth: { status: 400, error: "invalid_request" },
    told: {
      errors: {
        member: "errors",
        cause: (errors) => errors.map(({ pointer }) => pointer).join(" "),
      },
      oauthError: { namesOAuthError: true },
    },
  },
  "payload-too-large": {
    status: 413,
    title: "Payload too large",
    detail: "The request is too large.",
    meaning:
      "The body exceeds 16 KiB at the gateway's own routes, 1 MiB where the policy judges the body, or MAX_UPLOAD elsewhere.",
    oauth: { status: 413, error: "invalid_request" },
  },
  "unsupported-media-type": {
    status: 415,
    title: "Unsupported media type",
    detail: "This kind of request is not supported.",
    meaning: "Send `Content-Type: application/json`. Only the token endpoint accepts a form.",
    oauth: { status: 415, error: "invalid_request" },
  },
  "method-not-allowed": {
    status: 405,
    title: "Method not allowed",
    detail: "This request method is not supported.",
    meaning: "`Allow` lists the methods of this path.",
    oauth: { status: 405, error: "invalid_request" },
    told: { allow: { header: "Allow" } },
  },
  "store-unavailable": {
    status: 503,
    title: "Temporarily unavailable",
    detail: "We cannot do that just now. Please try again in a moment.",
    meaning:
      "A store is down or slow, or this process is about to stop. Nothing is lost; `Retry-After` says when to try again.",
    oauth: { status: 503, error: "temporarily_unavailable" },
    told: { retryAfterSeconds: RETRY_AFTER },
  },
  internal: {
    status: 500,
    title: "Internal error",
    detail: "Something went wrong on our side.",
    meaning: "An unexpected fault. The log line with this `instance` as its request id says more.",
    oauth: { status: 500, error: "server_error" },
  },
} as const satisfies Catalogue<AnyFailure>;

export const PROBLEM_CODES = Object.keys(PROBLEMS) as readonly ProblemCode[];
