import type { Failure } from "../../core/failure.ts";

/** Failures of HTTP alone, unknown to the use cases. */
export type HttpFailure =
  | { readonly reason: "request-malformed" }
  | { readonly reason: "cross-site" }
  | {
      readonly reason: "validation-failed";
      readonly errors: readonly FieldError[];
      /** The failure's name in RFC 6749, where it has one of its own. */
      readonly oauthError?: "unsupported_grant_type" | "invalid_client";
    }
  /** A client showed a wrong secret, or one where it has none. */
  | { readonly reason: "client-invalid" }
  /** The access token has not the scope that the route needs. */
  | { readonly reason: "scope-missing" }
  | { readonly reason: "request-timeout" }
  | { readonly reason: "payload-too-large" }
  | { readonly reason: "expectation-failed" }
  | { readonly reason: "head-too-large" }
  | { readonly reason: "unsupported-media-type" }
  /** The backend's own error, with its status, under a body of the gateway's. */
  | { readonly reason: "upstream-failed"; readonly status: number }
  | { readonly reason: "method-not-allowed"; readonly allow: readonly string[] }
  | { readonly reason: "store-unavailable"; readonly retryAfterSeconds: number }
  | { readonly reason: "internal" };

/** One field of a request that does not fit, by RFC 6901 pointer; never with its value. */
export interface FieldError {
  readonly pointer: string;
  readonly detail: string;
}

/** A use case's failure, or one of HTTP. */
export type AnyFailure = Failure | HttpFailure;
export type ProblemCode = AnyFailure["reason"];
export type AnyFailureOf<Code extends ProblemCode> = Extract<AnyFailure, { reason: Code }>;

/** RFC 6749 section 5.2, and its section 4.1.2.1 for the last two. */
export const OAUTH_ERRORS = [
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unsupported_grant_type",
  "temporarily_unavailable",
  "server_error",
] as const;

export type OAuthError = (typeof OAUTH_ERRORS)[number];

/** A problem's own members beside the common ones, in the wire's spelling. */
export interface ProblemMembers {
  readonly errors?: readonly FieldError[];
  readonly attempts_remaining?: number;
}

type Status = 400 | 404 | 405 | 408 | 409 | 413 | 415 | 417 | 422 | 429 | 431;
type ServerStatus = 500 | 502 | 503 | 504;

/** A 401 carries a challenge (RFC 9110 section 15.5.2), and a 403 may (RFC 6750 section 3). */
type StatusSpec =
  | { readonly status: 401; readonly challenge: string }
  | { readonly status: 403; readonly challenge?: string }
  | { readonly status: Status | ServerStatus; readonly challenge?: never };

interface SharedSpec {
  readonly title: string;
  /**
   * For the person at the screen: no jargon, and no hint to a stranger about an account. The text
   * `{PUBLIC_URL}` stands for that setting's value.
   */
  readonly detail: string;
  /** For the developer: the cause and the remedy. */
  readonly meaning: string;
  /** The token endpoint's answer instead (RFC 6749 section 5.2). */
  readonly oauth: {
    readonly status: Status | ServerStatus | 401 | 403;
    readonly error: OAuthError;
  };
}

/** The place of one value of a failure: the client, the log, or neither. */
export interface ValuePlace {
  readonly header?: "Retry-After" | "Allow";
  readonly member?: keyof ProblemMembers;
  /** The log's word for the value, where the wire carries a safer one. */
  cause?(value: never): string;
  /** The value is the OAuth error, in place of the entry's own. */
  readonly namesOAuthError?: true;
  /** The value is the status, in the place of the entry's own. */
  readonly isStatus?: true;
}

/** A place that fits this value. */
interface ValuePlaceOf<Value> extends ValuePlace {
  readonly header?: Value extends number | readonly string[] ? "Retry-After" | "Allow" : never;
  readonly member?: {
    [Name in keyof ProblemMembers]-?: Value extends NonNullable<ProblemMembers[Name]>
      ? Name
      : never;
  }[keyof ProblemMembers];
  cause?(value: Value): string;
  readonly namesOAuthError?: Value extends OAuthError ? true : never;
  readonly isStatus?: Value extends number ? true : never;
}

type ValueName<F> = Exclude<keyof F, "reason">;

/** Each value has its place; only `Retry-After` can tell the time to wait. */
type ToldSpec<F> = [ValueName<F>] extends [never]
  ? { readonly told?: never }
  : {
      readonly told: {
        readonly [Name in ValueName<F>]-?: Name extends "retryAfterSeconds"
          ? { readonly header: "Retry-After" }
          : ValuePlaceOf<NonNullable<F[Name]>>;
      };
    };

/**
 * The complete entry of one failure. A value without a place, a 401 without a challenge and a
 * failure without an OAuth error do not compile.
 */
export type ProblemSpec<F extends { readonly reason: string }> = SharedSpec &
  StatusSpec &
  ToldSpec<F>;

/** One entry for each failure, and no others. */
export type Catalogue<F extends { readonly reason: string }> = {
  readonly [Code in F["reason"]]: ProblemSpec<Extract<F, { reason: Code }>>;
};

/** An entry for code that does not know the failure at compile time. */
export interface AnyProblemSpec extends SharedSpec {
  readonly status: number;
  readonly challenge?: string;
  readonly told?: Readonly<Record<string, ValuePlace>>;
}
