import type { CustomerId, SessionId, UserId } from "../core/ids.ts";
import type { IdTokenAlgorithm } from "../core/oauth/client.ts";
import type { PersonClaims } from "../core/oauth/person-claims.ts";
import type { Result } from "../core/result.ts";
import type { Role, StaffRole } from "../core/roles.ts";

/** The gateway's claims about a person in an access token; times in epoch s. */
export interface AccessClaims {
  readonly sub: UserId;
  readonly client_id: string;
  readonly customer_v2_id: CustomerId | null;
  readonly role: "customer";
  readonly sid: SessionId;
  readonly auth_time: number;
  readonly amr: readonly string[];
}

export interface VerifiedAccess extends AccessClaims {
  readonly jti: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

export interface IssueOptions {
  /** Instead of ACCESS_TOKEN_TTL. */
  readonly ttlSeconds?: number;
  /** Instead of a random one. Must be unique. */
  readonly jti?: string;
}

export type TokenFailure =
  | { readonly reason: "token-invalid" }
  | { readonly reason: "token-expired" };

/** Signs and verifies access tokens: RFC 9068 `at+jwt`, the algorithm pinned by the key. */
export interface AccessTokens {
  /**
   * Adds `iss`, `aud`, `jti`, `iat`, `exp`. Tokens of the client `compat` are for
   * `{issuer}/compat`, all others for JWT_AUDIENCE. `verify` accepts a token only with the audience
   * of its client.
   */
  issue(
    claims: AccessClaims,
    options?: IssueOptions,
  ): Promise<{ readonly token: string; readonly expiresInSeconds: number }>;
  verify(token: string): Promise<Result<VerifiedAccess, TokenFailure>>;
  /** RFC 7517 set of the public members of the asymmetric keys. */
  jwks(): { readonly keys: readonly Readonly<Record<string, unknown>>[] };
}

/** The gateway's claims in an ID token; `aud` is the client, times are in epoch s. */
export interface IdClaims extends PersonClaims {
  readonly aud: string;
  readonly sid: SessionId;
  readonly auth_time: number;
  readonly amr: readonly string[];
  /** The authorization request's own; null: it had none, or this is a refresh. */
  readonly nonce: string | null;
}

/** An ID token that a client sends back, to say which login it means. */
export type IdTokenHint = Pick<IdClaims, "aud" | "sid" | "sub">;

/** Signs and reads ID tokens (OpenID Connect Core section 2). */
export interface IdTokens {
  /** Adds `iss`, `iat`, `exp` and `at_hash` of the access token. */
  issue(claims: IdClaims, alg: IdTokenAlgorithm, accessToken: string): Promise<string>;
  /** A genuine ID token, expired or not; null for every other text, an access token included. */
  readHint(token: string): Promise<IdTokenHint | null>;
}

/** The claims about a caller that the legacy backend gets (LEGACY 4). */
export interface LegacyClaims {
  readonly sub: UserId;
  readonly role: Role;
  readonly email: string | null;
  readonly customer_v2_id: CustomerId | null;
}

/** Claims of a token that the legacy backend made for a member of staff. */
export interface StaffClaims {
  readonly sub: UserId;
  readonly role: StaffRole;
  /** Epoch ms. */
  readonly expiresAt: number;
}

/** HS256 under LEGACY_JWT_SECRET: minted for the upstream alone, verified for staff alone. */
export interface LegacyTokens {
  /** Five minutes long; `iss` is our own, `aud` is absent. */
  mint(claims: LegacyClaims): Promise<{ readonly token: string; readonly expiresAt: number }>;
  /**
   * Verifies a staff token: HS256, a staff role, an end within 25 hours and no `iss`. A customer's
   * token is invalid here.
   */
  verifyStaff(token: string): Promise<Result<StaffClaims, TokenFailure>>;
}
