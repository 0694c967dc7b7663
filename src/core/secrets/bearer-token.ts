/**
 * The token of an `Authorization` header. RFC 6750 section 2.1: the scheme's name is
 * case-insensitive. Any other header holds no token.
 */
export function bearerTokenOf(authorization: string | undefined): string | undefined {
  return /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization ?? "")?.[1];
}
