import type * as z from "zod/mini";
import { compatProblemShape, oauthErrorShape, problemShape } from "../routes/shapes.ts";
import {
  type AnyFailure,
  headerNamesOf,
  headersOf,
  membersOf,
  PROBLEMS,
  type ProblemCode,
  type ProblemHeader,
  type ProblemSpec,
} from "./problems.ts";

/**
 * `problem`: RFC 9457; `oauth`: RFC 6749 section 5.2; `compat`: a problem whose sentence stands in
 * `message` as well, where the apps of LEGACY 5 look for it.
 */
export type ErrorStyle = "problem" | "oauth" | "compat";

/** Belongs to a 401 (RFC 6749 section 5.2): OAuth clients read it instead of the body. */
const CHALLENGE = "WWW-Authenticate";

/** What an answer of each style is, for who describes it. */
export const ERROR_STYLES = {
  problem: {
    type: "application/problem+json",
    shape: problemShape,
    statusOf: (code: ProblemCode): number => PROBLEMS[code].status,
    headerNames: headerNamesOf,
  },
  compat: {
    type: "application/problem+json",
    shape: compatProblemShape,
    statusOf: (code: ProblemCode): number => PROBLEMS[code].status,
    headerNames: headerNamesOf,
  },
  oauth: {
    type: "application/json",
    shape: oauthErrorShape,
    statusOf: (code: ProblemCode): number => oauthErrorOf(code).status,
    headerNames: (code: ProblemCode): readonly ProblemHeader[] =>
      headerNamesOf(code).filter((name) => name !== CHALLENGE),
  },
} as const satisfies Record<ErrorStyle, object>;

export interface ErrorSite {
  readonly publicUrl: string;
  readonly requestId: string;
  /** SUPPORT_PHONE, or null. */
  readonly supportPhone: string | null;
}

/** A failure on the wire. What it says beyond the catalogue's entry is decided there alone. */
export function errorResponse(style: ErrorStyle, failure: AnyFailure, site: ErrorSite): Response {
  if (style === "oauth") return oauthResponse(failure);
  const problem = problemOf(failure, site);
  const body: z.output<typeof problemShape | typeof compatProblemShape> =
    style === "compat" ? { ...problem, message: problem.detail } : problem;
  const headers = { "Content-Type": ERROR_STYLES[style].type, ...headersOf(failure) };
  const { status } = problem;
  return new Response(JSON.stringify(body), { status, headers: noStore(headers) });
}

function problemOf(
  failure: AnyFailure,
  { publicUrl, requestId, supportPhone }: ErrorSite,
): z.output<typeof problemShape> {
  const { status, title, detail: sentence }: ProblemSpec = PROBLEMS[failure.reason];
  const isForSupport = failure.reason === "several-accounts" && supportPhone !== null;
  const detail = isForSupport ? sentence.replace(/\.$/, `: ${supportPhone}`) : sentence;
  return {
    type: `${publicUrl}/problems/${failure.reason}`,
    ...{ title, status, detail },
    code: failure.reason,
    instance: requestId,
    ...membersOf(failure),
  };
}

/** A refused refresh is 400 `invalid_grant`, whatever its reason; the code says more to logs. */
function oauthResponse(failure: AnyFailure): Response {
  const { detail }: ProblemSpec = PROBLEMS[failure.reason];
  const { status, error } = oauthErrorOf(failure.reason);
  const named = failure.reason === "validation-failed" ? failure.oauthError : undefined;
  const body: OAuthError = {
    error: named ?? error,
    error_description: detail,
    code: failure.reason,
  };
  const { [CHALLENGE]: _, ...others } = headersOf(failure);
  const headers = { "Content-Type": ERROR_STYLES.oauth.type, ...others };
  return new Response(JSON.stringify(body), { status, headers: noStore(headers) });
}

type OAuthError = z.output<typeof oauthErrorShape>;

function oauthErrorOf(code: ProblemCode): Pick<OAuthError, "error"> & { readonly status: number } {
  const { status }: ProblemSpec = PROBLEMS[code];
  switch (code) {
    case "internal":
      return { status, error: "server_error" };
    case "store-unavailable":
    case "sms-unavailable":
    case "rate-limited":
      return { status, error: "temporarily_unavailable" };
    case "request-malformed":
      return { status, error: "invalid_request" };
    case "validation-failed":
      return { status: 400, error: "invalid_request" };
    case "request-timeout":
    case "expectation-failed":
    case "head-too-large":
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
