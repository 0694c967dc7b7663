/** RFC 6749 section 4.1.2.1; the last two are of OpenID Connect Core 1.0 section 3.1.2.6. */
export type AuthorizationError =
  | "invalid_request"
  | "unsupported_response_type"
  | "invalid_scope"
  | "access_denied"
  | "request_not_supported"
  | "request_uri_not_supported";

interface Answered {
  /** The request's own; null where the request has none, or none that can be sent back. */
  readonly state: string | null;
  /** The issuer (RFC 9207), so that a client of two servers sees which one answers. */
  readonly iss: string;
}

/** The answer to an authorization request. */
export type AuthorizationResponse = Answered &
  ({ readonly code: string } | { readonly error: AuthorizationError });

/**
 * The URL that brings the answer to the client: the redirect URI, unchanged, and the answer after its
 * own query (RFC 6749 section 3.1.2).
 */
export function authorizationResponse(
  redirectUri: string,
  { iss, state, ...answer }: AuthorizationResponse,
): string {
  const added = new URLSearchParams({ ...answer, ...(state === null ? {} : { state }), iss });
  const separator = !redirectUri.includes("?") ? "?" : /[?&]$/.test(redirectUri) ? "" : "&";
  return `${redirectUri}${separator}${added}`;
}
