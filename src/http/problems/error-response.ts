import type * as z from "zod/mini";
import type { Origin } from "../../core/address/origin.ts";
import type { Head } from "../../ports/upstream.ts";
import { compatProblemShape, oauthErrorShape, problemShape } from "./problem-shapes.ts";
import type { AnyFailure, ProblemCode } from "./problems.ts";
import { CHALLENGE, headerNamesOf, type ProblemHeader, specOf, tellingOf } from "./telling.ts";

/**
 * `problem`: RFC 9457; `oauth`: RFC 6749 section 5.2; `compat`: a problem with its sentence in
 * `message` as well, where the old web app reads it.
 */
export type ErrorStyle = "problem" | "oauth" | "compat";

/** The form of an answer in each style, for its description. */
export const ERROR_STYLES = {
  problem: {
    type: "application/problem+json",
    shape: problemShape,
    statusOf: (code: ProblemCode): number => specOf(code).status,
    headerNames: headerNamesOf,
  },
  compat: {
    type: "application/problem+json",
    shape: compatProblemShape,
    statusOf: (code: ProblemCode): number => specOf(code).status,
    headerNames: headerNamesOf,
  },
  oauth: {
    type: "application/json",
    shape: oauthErrorShape,
    statusOf: (code: ProblemCode): number => specOf(code).oauth.status,
    headerNames: (code: ProblemCode): readonly ProblemHeader[] =>
      headerNamesOf(code).filter((name) => name !== CHALLENGE || specOf(code).oauth.status === 401),
  },
} as const satisfies Record<ErrorStyle, object>;

export interface ErrorSite {
  readonly publicUrl: Origin;
  readonly requestId: string;
}

/** An answer of the gateway's own; names of its head are in lower case. */
export type OwnAnswer = Head & { readonly body: string };

/** A failure on the wire. Only the catalogue's entry decides its values. */
export function errorAnswer(style: ErrorStyle, failure: AnyFailure, site: ErrorSite): OwnAnswer {
  if (style === "oauth") return oauthAnswer(failure, site);
  const body = style === "compat" ? compatProblem(failure, site) : problemOf(failure, site);
  return jsonAnswer(style, body.status, body, tellingOf(failure).headers);
}

/** The body of a problem of style `compat`. */
export function compatProblem(
  failure: AnyFailure,
  site: ErrorSite,
): z.output<typeof compatProblemShape> {
  const problem = problemOf(failure, site);
  return { ...problem, message: problem.detail };
}

function problemOf(
  failure: AnyFailure,
  { publicUrl, requestId }: ErrorSite,
): z.output<typeof problemShape> {
  const { detail, status: usual, title } = specOf(failure.reason);
  const { members, status } = tellingOf(failure);
  const { errors, ...others } = members;
  return {
    type: `${publicUrl}/problems/${failure.reason}`,
    title,
    status: status ?? usual,
    detail: filled(detail, publicUrl),
    code: failure.reason,
    instance: requestId,
    ...others,
    ...(errors === undefined ? {} : { errors: [...errors] }),
  };
}

const filled = (detail: string, publicUrl: Origin): string =>
  detail.replaceAll("{PUBLIC_URL}", publicUrl.text);

function oauthAnswer(failure: AnyFailure, { publicUrl }: ErrorSite): OwnAnswer {
  const { detail, oauth } = specOf(failure.reason);
  const { headers, oauthError } = tellingOf(failure);
  const { [CHALLENGE]: challenge = "", ...others } = headers;
  const asked = oauth.status === 401 ? { [CHALLENGE]: challenge } : {};
  const body: z.output<typeof oauthErrorShape> = {
    error: oauthError ?? oauth.error,
    error_description: filled(detail, publicUrl),
    code: failure.reason,
  };
  return jsonAnswer("oauth", oauth.status, body, { ...others, ...asked });
}

function jsonAnswer(
  style: ErrorStyle,
  status: number,
  body: object,
  told: Readonly<Record<string, string>>,
): OwnAnswer {
  const headers = [
    ["content-type", ERROR_STYLES[style].type] as const,
    ...Object.entries(told).map(([name, value]) => [name.toLowerCase(), value] as const),
    ["cache-control", "no-store"] as const,
  ];
  return { status, headers, body: JSON.stringify(body) };
}
