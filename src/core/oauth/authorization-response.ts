/** RFC 6749 section 4.1.2.1; the two of `request` are of OpenID Connect Core 3.1.2.6. */
export type AuthorizationError =
  | "invalid_request"
  | "unsupported_response_type"
  | "invalid_scope"
  | "access_denied"
  | "request_not_supported"
  | "request_uri_not_supported";

interface Answered {
  /** As the request had it; null where it had none that can be given back. */
  readonly state: string | null;
  /** Who answers (RFC 9207): a client of two servers sees when another than the asked one does. */
  readonly iss: string;
}

/** What the client gets at its redirect URI. */
export type AuthorizationResponse = Answered &
  ({ readonly code: string } | { readonly error: AuthorizationError });

/**
 * Where the browser is sent with the answer. The URI stands as it was registered: what it has of a
 * query is kept, and the answer comes behind it (RFC 6749 section 3.1.2).
 */
export function authorizationResponse(
  redirectUri: string,
  { iss, state, ...answer }: AuthorizationResponse,
): string {
  const added = new URLSearchParams({ ...answer, ...(state === null ? {} : { state }), iss });
  const separator = !redirectUri.includes("?") ? "?" : /[?&]$/.test(redirectUri) ? "" : "&";
  return `${redirectUri}${separator}${added}`;
}
