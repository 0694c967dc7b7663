import { describe, expect, it } from "vitest";
import { originOf } from "../../../../src/core/address/origin.ts";
import { PROBLEMS } from "../../../../src/http/problems/catalogue.ts";
import { errorAnswer } from "../../../../src/http/problems/error-response.ts";
import type { ProblemCode } from "../../../../src/http/problems/problems.ts";
import { tellingOf } from "../../../../src/http/problems/telling.ts";
import { responseOf } from "../../../../src/http/proxied/coming-requests.ts";
import { EVERY_FAILURE } from "../../../support/gateway/every-failure.ts";

const SITE = {
  publicUrl: originOf(new URL("https://door.example")),
  requestId: "request-1",
};

const errorResponse = (...asked: Parameters<typeof errorAnswer>): Response =>
  responseOf(errorAnswer(...asked), "POST");

const detailOf = (code: ProblemCode): string =>
  PROBLEMS[code].detail.replace("{PUBLIC_URL}", "https://door.example");

/** What clients rely on: the status of each problem code. */
const STATUS: Readonly<Record<ProblemCode, number>> = {
  "request-malformed": 400,
  "cross-site": 403,
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
  "upstream-failed": 500,
  "upstream-timeout": 504,
  "token-missing": 401,
  "token-invalid": 401,
  "token-expired": 401,
  "refresh-reused": 400,
  "store-unavailable": 503,
  "sms-unavailable": 503,
  "payload-too-large": 413,
  "unsupported-media-type": 415,
  "client-invalid": 401,
  "scope-missing": 403,
  "not-found": 404,
  "method-not-allowed": 405,
  internal: 500,
};

const FAILURES = Object.values(EVERY_FAILURE);

describe("the catalogue of problems", () => {
  it("gives every problem code the status that clients rely on, and has no other code", () => {
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
      const { status, title } = PROBLEMS[reason];
      expect(response.status).toBe(STATUS[reason]);
      expect(response.headers.get("content-type")).toBe("application/problem+json");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(await response.json()).toMatchObject({
        status,
        title,
        detail: detailOf(reason),
        code: reason,
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

/** What each failure says beyond its code: headers to the client, a cause to the log. */
const HEADERS: Partial<Record<ProblemCode, Record<string, string>>> = {
  "rate-limited": { "Retry-After": "86400" },
  "sms-unavailable": { "Retry-After": "30" },
  "store-unavailable": { "Retry-After": "5" },
  "method-not-allowed": { Allow: "GET, DELETE" },
  "token-missing": { "WWW-Authenticate": "Bearer" },
  "token-invalid": { "WWW-Authenticate": 'Bearer error="invalid_token"' },
  "token-expired": { "WWW-Authenticate": 'Bearer error="invalid_token"' },
  "client-invalid": { "WWW-Authenticate": 'Basic realm="doorstep"' },
  "scope-missing": {
    "WWW-Authenticate": 'Bearer error="insufficient_scope", scope="openid"',
  },
};
const CAUSES: Partial<Record<ProblemCode, string>> = {
  "validation-failed": "/phone",
  "rate-limited": "phone-locked",
  "sms-unavailable": "provider-down",
  "not-owner": "body.subscription_id",
  "upstream-unreachable": "no-connection",
  "link-conflict": "several-users",
};

describe("the headers of a problem", () => {
  for (const failure of FAILURES) {
    const headers = HEADERS[failure.reason] ?? {};
    it(`of ${failure.reason} are ${JSON.stringify(headers)}`, () => {
      expect(tellingOf(failure).headers).toEqual(headers);
      for (const [name, value] of Object.entries(headers))
        expect(errorResponse("problem", failure, SITE).headers.get(name)).toBe(value);
    });
  }
  it("say when to come again wherever the failure knows it", () => {
    for (const failure of FAILURES) {
      const { headers } = tellingOf(failure);
      expect("Retry-After" in headers).toBe("retryAfterSeconds" in failure);
    }
  });
});

describe("the cause in the log", () => {
  it.each(FAILURES)(
    "of $reason is the real reason, where the wire carries a safer one",
    (failure) => {
      expect(tellingOf(failure).cause).toBe(CAUSES[failure.reason] ?? null);
    },
  );
  it("is absent where the failure does not say it", () => {
    expect(tellingOf({ reason: "not-owner" }).cause).toBeNull();
  });
});

describe("an error of the token endpoint (RFC 6749 section 5.2)", () => {
  const refused = [400, "invalid_grant"] as const;
  const busy = "temporarily_unavailable";
  const answers: Readonly<Record<ProblemCode, readonly [number, string]>> = {
    internal: [500, "server_error"],
    "store-unavailable": [503, busy],
    "sms-unavailable": [503, busy],
    "upstream-unreachable": [503, busy],
    "upstream-failed": [503, busy],
    "upstream-timeout": [503, busy],
    "rate-limited": [429, busy],
    "request-malformed": [400, "invalid_request"],
    "validation-failed": [400, "unsupported_grant_type"],
    "cross-site": [403, "invalid_request"],
    "request-timeout": [408, "invalid_request"],
    "expectation-failed": [417, "invalid_request"],
    "head-too-large": [431, "invalid_request"],
    "payload-too-large": [413, "invalid_request"],
    "unsupported-media-type": [415, "invalid_request"],
    "method-not-allowed": [405, "invalid_request"],
    "client-invalid": [401, "invalid_client"],
    "scope-missing": refused,
    "not-found": [404, "invalid_request"],
    "phone-unsupported": refused,
    "otp-rejected": refused,
    "otp-exhausted": refused,
    "customer-stopped": refused,
    "user-inactive": refused,
    "link-conflict": refused,
    "not-owner": refused,
    "route-denied": refused,
    "several-accounts": refused,
    "token-missing": refused,
    "token-invalid": refused,
    "token-expired": refused,
    "refresh-reused": refused,
  };
  for (const failure of FAILURES) {
    const [status, error] = answers[failure.reason];
    it(`for ${failure.reason} is ${status} ${error}, in JSON, with three members`, async () => {
      const response = errorResponse("oauth", failure, SITE);
      expect(response.status).toBe(status);
      expect(response.headers.get("content-type")).toBe("application/json");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(await response.json()).toEqual({
        error,
        error_description: detailOf(failure.reason),
        code: failure.reason,
      });
    });
    it(`for ${failure.reason} has a challenge only where it is a 401, and says when to come again`, () => {
      const { "WWW-Authenticate": challenge, ...headers } = tellingOf(failure).headers;
      const response = errorResponse("oauth", failure, SITE);
      const expected = status === 401 ? challenge : null;
      expect(response.headers.get("www-authenticate")).toBe(expected);
      for (const [name, value] of Object.entries(headers))
        expect(response.headers.get(name)).toBe(value);
    });
  }
  it("is an invalid request where no grant type was refused", async () => {
    const failure = { reason: "validation-failed", errors: [] } as const;
    const response = errorResponse("oauth", failure, SITE);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "invalid_request" });
  });
  it("describes in characters that RFC 6749 allows", () => {
    for (const { detail } of Object.values(PROBLEMS))
      expect(detail).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });
});
