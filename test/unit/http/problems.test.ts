import { describe, expect, it } from "vitest";
import type { CustomerId, UserId } from "../../../src/core/ids.ts";
import { errorResponse } from "../../../src/http/problems/error-response.ts";
import {
  type AnyFailure,
  headersOf,
  PROBLEMS,
  type ProblemCode,
} from "../../../src/http/problems/problems.ts";

const SITE = { publicUrl: "https://door.example", requestId: "request-1", supportPhone: null };

/** DESIGN section 2, word for word, as far as this version can give them. */
const STATUS: Readonly<Record<ProblemCode, number>> = {
  "request-malformed": 400,
  "request-timeout": 408,
  "expectation-failed": 417,
  "head-too-large": 431,
  "validation-failed": 422,
  "phone-unsupported": 422,
  "otp-rejected": 400,
  "otp-exhausted": 429,
  "rate-limited": 429,
  "customer-stopped": 403,
  "user-inactive": 403,
  "not-owner": 403,
  "link-conflict": 409,
  "route-denied": 403,
  "several-accounts": 409,
  "upstream-unreachable": 502,
  "upstream-timeout": 504,
  "token-missing": 401,
  "token-invalid": 401,
  "token-expired": 401,
  "refresh-reused": 400,
  "store-unavailable": 503,
  "sms-unavailable": 503,
  "payload-too-large": 413,
  "unsupported-media-type": 415,
  "not-found": 404,
  "method-not-allowed": 405,
  internal: 500,
};

/** One failure of each kind, with all that it can carry. */
const FAILURES: readonly AnyFailure[] = [
  { reason: "request-malformed" },
  { reason: "request-timeout" },
  { reason: "expectation-failed" },
  { reason: "head-too-large" },
  {
    reason: "validation-failed",
    errors: [{ pointer: "/phone", detail: "must be of type string" }],
  },
  { reason: "phone-unsupported" },
  { reason: "otp-rejected", attemptsRemaining: 0, locked: true },
  { reason: "otp-exhausted" },
  { reason: "rate-limited", retryAfterSeconds: 86_400, cause: "phone-locked" },
  { reason: "customer-stopped" },
  { reason: "user-inactive" },
  { reason: "not-owner", field: "body.subscription_id" },
  { reason: "route-denied" },
  { reason: "several-accounts" },
  { reason: "upstream-unreachable", cause: "no-connection" },
  { reason: "upstream-timeout" },
  {
    reason: "link-conflict",
    evidence: {
      because: "several-users",
      customerId: "c-1" as CustomerId,
      userIds: ["u-1" as UserId, null],
    },
  },
  { reason: "token-missing" },
  { reason: "token-invalid" },
  { reason: "token-expired" },
  { reason: "refresh-reused" },
  { reason: "store-unavailable", retryAfterSeconds: 5 },
  { reason: "payload-too-large" },
  { reason: "unsupported-media-type" },
  { reason: "not-found" },
  { reason: "method-not-allowed", allow: ["GET", "DELETE"] },
  { reason: "internal" },
];

describe("the catalogue of problems", () => {
  it("gives every code the status of DESIGN section 2, and has no other", () => {
    const statuses = Object.entries(PROBLEMS).map(([code, { status }]) => [code, status]);
    expect(Object.fromEntries(statuses)).toEqual(STATUS);
  });
  it("explains each in words: a title, a sentence for the person, one for the developer", () => {
    for (const { detail, meaning, title } of Object.values(PROBLEMS)) {
      expect(title).toMatch(/^[A-Z][^.]{4,60}$/);
      for (const text of [detail, meaning]) expect(text).toMatch(/^[A-Z`].*\.$/s);
    }
  });
  it("tells a stranger nothing of an account: no word differs by what is known", () => {
    for (const code of [
      "otp-rejected",
      "otp-exhausted",
      "rate-limited",
      "phone-unsupported",
    ] as const)
      expect(PROBLEMS[code].detail).not.toMatch(/customer|account|unknown|registered|exist/i);
  });
});

describe("a problem on the wire (RFC 9457)", () => {
  for (const failure of FAILURES) {
    const { reason } = failure;
    it(`${reason} is ${STATUS[reason]}, with type, code and instance`, async () => {
      const response = errorResponse("problem", failure, SITE);
      const { status, title, detail } = PROBLEMS[reason];
      expect(response.status).toBe(STATUS[reason]);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(await response.json()).toMatchObject({
        ...{ status, title, detail, code: reason },
        type: `https://door.example/problems/${reason}`,
        instance: "request-1",
      });
    });
  }
  it("carries nothing but what the wire may see: no cause, no evidence, no lock", async () => {
    const extra: Record<string, unknown> = {};
    for (const failure of FAILURES) {
      const body = (await errorResponse("problem", failure, SITE).json()) as Record<
        string,
        unknown
      >;
      const { type: _t, title: _i, status: _s, detail: _d, code, instance: _n, ...more } = body;
      if (Object.keys(more).length > 0) extra[String(code)] = more;
    }
    expect(extra).toEqual({
      "validation-failed": { errors: [{ pointer: "/phone", detail: "must be of type string" }] },
      "otp-rejected": { attempts_remaining: 0 },
    });
  });
  it("says how many tries remain while there are any to speak of, none too", async () => {
    const body = await errorResponse("problem", { reason: "otp-rejected" }, SITE).json();
    expect(body).not.toHaveProperty("attempts_remaining");
  });
});

describe("the headers of a problem", () => {
  const table: Partial<Record<ProblemCode, Record<string, string>>> = {
    "rate-limited": { "Retry-After": "86400" },
    "store-unavailable": { "Retry-After": "5" },
    "method-not-allowed": { Allow: "GET, DELETE" },
    "token-missing": { "WWW-Authenticate": "Bearer" },
    "token-invalid": { "WWW-Authenticate": 'Bearer error="invalid_token"' },
    "token-expired": { "WWW-Authenticate": 'Bearer error="invalid_token"' },
  };
  for (const failure of FAILURES) {
    const headers = table[failure.reason] ?? {};
    it(`of ${failure.reason} are ${JSON.stringify(headers)}`, () => {
      expect(headersOf(failure)).toEqual(headers);
      for (const [name, value] of Object.entries(headers))
        expect(errorResponse("problem", failure, SITE).headers.get(name)).toBe(value);
    });
  }
});

describe("an error of the token endpoint (RFC 6749 section 5.2)", () => {
  const named: Partial<Record<ProblemCode, readonly [number, string]>> = {
    internal: [500, "server_error"],
    "store-unavailable": [503, "temporarily_unavailable"],
    "rate-limited": [429, "temporarily_unavailable"],
    "request-malformed": [400, "invalid_request"],
    "validation-failed": [400, "invalid_request"],
    "request-timeout": [408, "invalid_request"],
    "expectation-failed": [417, "invalid_request"],
    "head-too-large": [431, "invalid_request"],
    "payload-too-large": [413, "invalid_request"],
    "unsupported-media-type": [415, "invalid_request"],
    "method-not-allowed": [405, "invalid_request"],
    "not-found": [404, "invalid_request"],
  };
  for (const failure of FAILURES) {
    const [status, error] = named[failure.reason] ?? [400, "invalid_grant"];
    it(`for ${failure.reason} is ${status} ${error}, in JSON, with three members`, async () => {
      const response = errorResponse("oauth", failure, SITE);
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(await response.json()).toEqual({
        error,
        error_description: PROBLEMS[failure.reason].detail,
        code: failure.reason,
      });
    });
    it(`for ${failure.reason} has no challenge, which belongs to a 401, but says when to come again`, () => {
      const { "WWW-Authenticate": _, ...headers } = headersOf(failure);
      const response = errorResponse("oauth", failure, SITE);
      expect(response.headers.get("www-authenticate")).toBeNull();
      for (const [name, value] of Object.entries(headers))
        expect(response.headers.get(name)).toBe(value);
    });
  }
  it("names a grant type that is not served", async () => {
    const failure = {
      reason: "validation-failed",
      errors: [],
      oauthError: "unsupported_grant_type",
    } as const;
    expect(await errorResponse("oauth", failure, SITE).json()).toMatchObject({
      error: "unsupported_grant_type",
    });
  });
  it("describes in characters that RFC 6749 allows", () => {
    for (const { detail } of Object.values(PROBLEMS))
      expect(detail).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });
});
