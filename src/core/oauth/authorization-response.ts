/** RFC 6749 section 4.1.2.1; the last four are of OpenID Connect Core 1.0 section 3.1.2.6. */
export type AuthorizationError =
  | "invalid_request"
  | "unsupported_response_type"
  | "invalid_scope"
  | "access_denied"
  | "login_required"
  | "interaction_required"
  | "request_not_supported"
  | "request_uri_not_supported";

export interface AuthorizationFault {
  readonly error: AuthorizationError;
  /** Names the wrong parameter to the developer; never repeats its value. */
  readonly error_description?: string;
}

interface Answered {
  /** The request's own; null where the request has none, or none that can be sent back. */
  readonly state: string | null;
  /** The issuer (RFC 9207), so that a client of two servers sees which one answers. */
  readonly iss: string;
}

/** The answer to an authorization request. */
export type AuthorizationResponse = Answered & ({ readonly code: string } | AuthorizationFault);

/** The URL that brings the answer to the client. */
export const authorizationResponse = (
  redirectUri: string,
  { iss, state, ...answer }: AuthorizationResponse,
): string => withParameters(redirectUri, { ...answer, ...(state === null ? {} : { state }), iss });

/**
 * A client's URL, unchanged, and the parameters after its own query (RFC 6749 section 3.1.2).
 */
export function withParameters(uri: string, parameters: Readonly<Record<string, string>>): string {
  const added = new URLSearchParams(parameters).toString();
  const separator = !uri.includes("?") ? "?" : /[?&]$/.test(uri) ? "" : "&";
  return added === "" ? uri : `${uri}${separator}${added}`;
}
