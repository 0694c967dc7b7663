import { type AnyFailure, headersOf, membersOf, PROBLEMS, type ProblemSpec } from "./problems.ts";

/**
 * `problem`: RFC 9457; `oauth`: RFC 6749 section 5.2; `compat`: a problem whose sentence stands in
 * `message` as well, where the apps of LEGACY 5 look for it.
 */
export type ErrorStyle = "problem" | "oauth" | "compat";

export interface ErrorSite {
  readonly publicUrl: string;
  readonly requestId: string;
}

/** A failure on the wire. What it says beyond the catalogue's entry is decided there alone. */
export function errorResponse(style: ErrorStyle, failure: AnyFailure, site: ErrorSite): Response {
  if (style === "oauth") return oauthResponse(failure);
  const { detail: message }: ProblemSpec = PROBLEMS[failure.reason];
  return problemResponse(failure, site, style === "compat" ? { message } : {});
}

function problemResponse(
  failure: AnyFailure,
  { publicUrl, requestId }: ErrorSite,
  more: { readonly message?: string },
): Response {
  const { status, title, detail }: ProblemSpec = PROBLEMS[failure.reason];
  const problem = {
    type: `${publicUrl}/problems/${failure.reason}`,
    ...{ title, status, detail },
    code: failure.reason,
    instance: requestId,
    ...more,
    ...membersOf(failure),
  };
  const headers = { "Content-Type": "application/problem+json", ...headersOf(failure) };
  return new Response(JSON.stringify(problem), { status, headers: noStore(headers) });
}

/** A refused refresh is 400 `invalid_grant`, whatever its reason; the code says more to logs. */
function oauthResponse(failure: AnyFailure): Response {
  const { detail }: ProblemSpec = PROBLEMS[failure.reason];
  const { status, error } = oauthErrorOf(failure);
  const body = { error, error_description: detail, code: failure.reason };
  // A challenge belongs to a 401 (RFC 6749 section 5.2): clients read it instead of the body.
  const { "WWW-Authenticate": _, ...others } = headersOf(failure);
  const headers = { "Content-Type": "application/json", ...others };
  return new Response(JSON.stringify(body), { status, headers: noStore(headers) });
}

function oauthErrorOf(failure: AnyFailure): { readonly status: number; readonly error: string } {
  const { status }: ProblemSpec = PROBLEMS[failure.reason];
  switch (failure.reason) {
    case "internal":
      return { status, error: "server_error" };
    case "store-unavailable":
    case "sms-unavailable":
    case "rate-limited":
      return { status, error: "temporarily_unavailable" };
    case "request-malformed":
      return { status, error: "invalid_request" };
    case "validation-failed":
      return { status: 400, error: failure.oauthError ?? "invalid_request" };
    case "payload-too-large":
    case "unsupported-media-type":
    case "method-not-allowed":
    case "not-found":
      return { status, error: "invalid_request" };
    default:
      return { status: 400, error: "invalid_grant" };
  }
}

function noStore(headers: Record<string, string>): Record<string, string> {
  return { ...headers, "Cache-Control": "no-store" };
}
