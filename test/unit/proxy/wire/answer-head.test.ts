import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { originOf } from "../../../../src/core/address/origin.ts";
import type { Head, HeaderList } from "../../../../src/ports/upstream.ts";
import {
  type AnswerContext,
  answerHead as headOf,
} from "../../../../src/proxy/wire/answer-head.ts";
import { listOf } from "../../../../src/proxy/wire/header-rules.ts";

const PAGE = "http://localhost:3000";
const PUBLIC: AnswerContext = {
  requestId: "request-1",
  upstream: originOf(new URL("http://127.0.0.1:9885")),
  isHttps: true,
  isPrivate: false,
  isJudged: false,
  origin: null,
  allowedOrigins: [PAGE],
};
const AUTHORISED: AnswerContext = { ...PUBLIC, isPrivate: true };

/** As an adapter gives it: names in lower case. */
const answerHead = ({ headers, status }: Head, context: AnswerContext): Head =>
  headOf({ status, headers: listOf(headers) }, context);
const answer = (headers: HeaderList, context = AUTHORISED, status = 200) =>
  answerHead({ status, headers }, context).headers;
const fieldsOf = (headers: HeaderList, context = AUTHORISED) =>
  Object.fromEntries(answer(headers, context));
const namesOf = (headers: HeaderList): readonly string[] => headers.map(([name]) => name);

describe("the head of the client's answer", () => {
  it("the head of the client's answer is the upstream's, then the gateway's own, each field once", () => {
    const upstream: HeaderList = [
      ["content-type", "application/json"],
      ["content-length", "12"],
      ["date", "Thu, 26 Nov 2026 04:38:08 GMT"],
      ["content-disposition", 'attachment; filename="a.xlsx"'],
      ["x-total-count", "3"],
    ];
    const { headers, status } = answerHead({ status: 201, headers: upstream }, AUTHORISED);
    expect(status).toBe(201);
    expect(headers).toEqual([
      ["content-type", "application/json"],
      ...upstream.slice(1),
      ["cache-control", "no-store"],
      ["vary", "authorization, origin"],
      ["content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"],
      ["referrer-policy", "no-referrer"],
      ["x-content-type-options", "nosniff"],
      ["x-frame-options", "DENY"],
      ["cross-origin-resource-policy", "same-origin"],
      ["strict-transport-security", "max-age=31536000"],
      ["x-request-id", "request-1"],
    ]);
  });

  it.each([
    "connection",
    "keep-alive",
    "transfer-encoding",
    "trailer",
    "upgrade",
    "proxy-authenticate",
    "server",
    "x-powered-by",
    "via",
    "server-timing",
    "alt-svc",
    "set-cookie",
    "clear-site-data",
    "service-worker-allowed",
    "refresh",
    "permissions-policy",
    "nel",
    "access-control-allow-origin",
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-max-age",
    "x-accel-redirect",
    "x-sendfile",
    "x-upstream-authorization",
    "x-user-id",
    "traceparent",
  ])("the head of the client's answer never holds the upstream's %s", (name) => {
    for (const spelt of [name, name.toUpperCase()]) {
      const plain = answer([]);
      expect(
        answer([
          [spelt, "theirs"],
          [spelt, "again"],
        ]),
      ).toEqual(plain);
    }
  });

  it.each([
    "x-request-id",
    "x-frame-options",
    "x-content-type-options",
    "referrer-policy",
    "content-security-policy",
    "strict-transport-security",
  ])("the head of the client's answer replaces the upstream's %s", (name) => {
    const values = answer([[name, "theirs"]]).filter(([each]) => each === name);
    expect(values).toHaveLength(1);
    expect(values[0]?.[1]).not.toBe("theirs");
  });

  it("the head of the client's answer ends what the upstream's `Connection` names, and keeps the gateway's own all the same", () => {
    const head = answer([
      ["connection", "x-a, cache-control, vary, x-request-id"],
      ["x-a", "1"],
      ["x-b", "2"],
    ]);
    expect(head).toEqual([["x-b", "2"], ...answer([])]);
  });

  it("the head of the client's answer promises https only where there is https", () => {
    expect(fieldsOf([])).toHaveProperty("strict-transport-security");
    expect(fieldsOf([], { ...AUTHORISED, isHttps: false })).not.toHaveProperty(
      "strict-transport-security",
    );
  });

  it("the head of the client's answer holds no value that ends a line or is more than bytes, and no name that is none", () => {
    const wrong: HeaderList = [
      ["x-a", "1\r\nset-cookie: a=1"],
      ["x-b", "1\n2"],
      ["x-c", "a\0b"],
      ["x-d", "\u0926"],
      ["x e", "1"],
      ["x-f:", "1"],
      ["", "1"],
      ["location", "/a\r\nset-cookie: a=1"],
      ["vary", "a\r\nb"],
    ];
    expect(answer(wrong)).toEqual(answer([]));
  });
});

describe("what caches may keep", () => {
  const CACHING: HeaderList = [
    ["cache-control", "public, max-age=600"],
    ["cdn-cache-control", "max-age=600"],
    ["cloudflare-cdn-cache-control", "max-age=600"],
    ["surrogate-control", "max-age=600"],
    ["expires", "Thu, 26 Nov 2027 04:38:08 GMT"],
    ["pragma", "cache"],
    ["age", "5"],
  ];

  it("what caches may keep is no answer that needed a token", () => {
    expect(answer(CACHING)).toEqual(answer([]));
    expect(fieldsOf(CACHING)["cache-control"]).toBe("no-store");
  });

  it("what caches may keep is what the upstream says on a route that is everybody's", () => {
    expect(answer(CACHING, PUBLIC).slice(0, CACHING.length)).toEqual(CACHING);
    expect(fieldsOf([], PUBLIC)).not.toHaveProperty("cache-control");
  });

  it.each([
    [
      AUTHORISED,
      ["Accept-Encoding, ORIGIN", "Authorization"],
      "authorization, origin, accept-encoding",
    ],
    [AUTHORISED, ["*"], "*"],
    [AUTHORISED, ["Cookie, *"], "*"],
    [PUBLIC, ["Accept"], "origin, accept"],
    [{ ...PUBLIC, allowedOrigins: ["*"] }, [], undefined],
    [{ ...AUTHORISED, allowedOrigins: ["*"] }, [], "authorization"],
  ])("an answer varies by what decided it (%#)", (context, vary, expected) => {
    expect(
      fieldsOf(
        vary.map((value) => ["Vary", value] as const),
        context,
      )["vary"],
    ).toBe(expected);
  });

  it("a judged answer holds nothing that is true of other bytes", () => {
    const names = [
      "etag",
      "content-length",
      "content-md5",
      "digest",
      "content-digest",
      "accept-ranges",
      "content-range",
    ];
    const upstream = names.map((name) => [name, "1"] as const);
    expect(namesOf(answer(upstream))).toEqual(expect.arrayContaining(names));
    expect(answer(upstream, { ...AUTHORISED, isJudged: true })).toEqual(answer([]));
  });

  it("an answer has no length where there can be no body", () => {
    expect(namesOf(answer([["content-length", "0"]], AUTHORISED, 204))).not.toContain(
      "content-length",
    );
    expect(namesOf(answer([["content-length", "0"]], AUTHORISED, 304))).toContain("content-length");
  });
});

describe("pages of other origins", () => {
  const theirs: HeaderList = [
    ["access-control-allow-origin", "*"],
    ["access-control-allow-credentials", "true"],
  ];
  const corsOf = (context: AnswerContext) =>
    answer(theirs, context).filter(([name]) => name.startsWith("access-control-"));

  it("pages of other origins read an answer where their origin is allowed, and what they need of its head", () => {
    expect(corsOf({ ...AUTHORISED, origin: PAGE })).toEqual([
      ["access-control-allow-origin", PAGE],
      ["access-control-expose-headers", "RateLimit, RateLimit-Policy, Retry-After, X-Request-Id"],
    ]);
    const any = corsOf({ ...AUTHORISED, origin: PAGE, allowedOrigins: ["*"] });
    expect(any[0]).toEqual(["access-control-allow-origin", "*"]);
  });

  it.each([null, "null", "http://localhost:3001", "http://localhost:3000.evil.example", ""])(
    "pages of other origins do not read an answer where their origin is not allowed: %s",
    (origin) => {
      expect(corsOf({ ...AUTHORISED, origin })).toEqual([]);
    },
  );
});

describe("the upstream's name", () => {
  it("the upstream's name stands nowhere: redirects become paths, other fields with its URL go", () => {
    const head = fieldsOf([
      ["location", "http://127.0.0.1:9885/api/orders/?x=1"],
      ["content-location", "//127.0.0.1:9885/api/orders/1"],
      ["link", '<HTTP://127.0.0.1:9885/api/orders/?page=2>; rel="next"'],
      ["x-debug", "see http://127.0.0.1:9885/docs"],
      ["x-other", "http://other.example/"],
    ]);
    expect(head).toMatchObject({
      location: "/api/orders/?x=1",
      "content-location": "/api/orders/1",
      "x-other": "http://other.example/",
    });
    expect(head).not.toHaveProperty("link");
    expect(head).not.toHaveProperty("x-debug");
  });

  it("the upstream's name is in no answer, whatever fields there were", () => {
    const name = fc.constantFrom("link", "x-a", "warning", "etag");
    const value = fc
      .tuple(fc.string(), fc.constantFrom("http:", "https:", ""), fc.string())
      .map(([before, scheme, after]) => `${before}${scheme}//127.0.0.1:9885${after}`);
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), (headers) => {
        for (const [field, text] of answer(headers)) {
          expect(text, field).not.toContain("//127.0.0.1:9885");
        }
      }),
      { numRuns: 500 },
    );
  });
});
