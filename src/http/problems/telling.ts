import { PROBLEMS } from "./catalogue.ts";
import type {
  AnyFailure,
  AnyProblemSpec,
  OAuthError,
  ProblemCode,
  ProblemMembers,
} from "./problems.ts";

/** The values of a failure beside its code. */
export interface Telling {
  readonly headers: Readonly<Record<string, string>>;
  readonly members: ProblemMembers;
  /** For the log only; null where the code says everything. */
  readonly cause: string | null;
  /** The failure's own OAuth error; null: the entry's. */
  readonly oauthError: OAuthError | null;
  /** Its own status; null where it is the entry's. */
  readonly status: number | null;
}

export type ProblemHeader = "Retry-After" | "WWW-Authenticate";

/** Required on a 401 (RFC 6749 section 5.2): OAuth clients read it instead of the body. */
export const CHALLENGE = "WWW-Authenticate";

export const specOf = (code: ProblemCode): AnyProblemSpec => PROBLEMS[code];

/** Puts each value of a failure into its place from the catalogue. */
export function tellingOf(failure: AnyFailure): Telling {
  const { challenge, told = {} } = specOf(failure.reason);
  const values = failure as Readonly<Record<string, unknown>>;
  const headers: Record<string, string> = challenge ? { [CHALLENGE]: challenge } : {};
  const members: Record<string, unknown> = {};
  let cause: string | null = null;
  let oauthError: OAuthError | null = null;
  let status: number | null = null;
  for (const [name, place] of Object.entries(told)) {
    const value = values[name];
    if (value === undefined) continue;
    if (place.header !== undefined) headers[place.header] = [value].flat().join(", ");
    if (place.member !== undefined) members[place.member] = value;
    // The catalogue's type matched place and value; here the compiler no longer knows them.
    if (place.cause !== undefined) cause = place.cause(value as never);
    if (place.namesOAuthError) oauthError = value as OAuthError;
    if (place.isStatus) status = value as number;
  }
  return { headers, members, cause, oauthError, status };
}

/** The names of the headers from `tellingOf`, except `Allow`: no route answers 405 by itself. */
export function headerNamesOf(code: ProblemCode): readonly ProblemHeader[] {
  const { challenge, told = {} } = specOf(code);
  const waits = Object.values(told).some(({ header }) => header === "Retry-After");
  const names: readonly (ProblemHeader | null)[] = [
    waits ? "Retry-After" : null,
    challenge === undefined ? null : CHALLENGE,
  ];
  return names.filter((name) => name !== null);
}
