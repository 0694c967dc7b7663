import { expect } from "vitest";
import { PROBLEMS } from "../../../src/http/problems/catalogue.ts";
import type { ProblemCode } from "../../../src/http/problems/problems.ts";
import type { Answer } from "../../support/gateway/client.ts";
import { PUBLIC_URL } from "../../support/gateway/test-gateway.ts";

/** The sentence of a problem, as a test gateway says it. */
export const detailOf = (code: ProblemCode): string =>
  PROBLEMS[code].detail.replace("{PUBLIC_URL}", PUBLIC_URL);

/** Expects a complete RFC 9457 problem. @returns its body */
export function expectProblem(
  answer: Answer,
  status: number,
  code: ProblemCode,
  members: Readonly<Record<string, unknown>> = {},
): Answer["body"] {
  expect(answer.body).toMatchObject({ code });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/problem+json");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  const instance = answer.headers.get("x-request-id");
  expect(instance).toMatch(/^[\w-]{16}$/);
  const { title } = PROBLEMS[code];
  const detail = detailOf(code);
  const type = `${PUBLIC_URL}/problems/${code}`;
  expect(answer.body).toEqual({ type, title, status, detail, code, instance, ...members });
  return answer.body;
}

/** An RFC 6749 section 5.2 answer, complete. */
export function expectOauthError(
  answer: Answer,
  status: number,
  error: string,
  code: ProblemCode,
): void {
  expect(answer.body).toMatchObject({ code, error });
  expect(answer.status).toBe(status);
  expect(answer.headers.get("content-type")).toBe("application/json");
  expect(answer.headers.get("cache-control")).toBe("no-store");
  // RFC 6749 section 5.2: a challenge belongs to a 401, and clients read it instead of the body.
  expect(answer.headers.has("www-authenticate")).toBe(status === 401);
  expect(answer.body).toEqual({ error, error_description: PROBLEMS[code].detail, code });
}

export const retryAfter = (answer: Answer): number => Number(answer.headers.get("retry-after"));
