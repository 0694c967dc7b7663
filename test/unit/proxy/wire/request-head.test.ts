import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HeaderList } from "../../../../src/ports/upstream.ts";
import { type Fields, listOf } from "../../../../src/proxy/wire/header-rules.ts";
import {
  type ForwardedIdentity,
  requestHead as headOf,
  type OwnHeaders,
} from "../../../../src/proxy/wire/request-head.ts";

/** As a head comes in: lower-cased once. */
const requestHead = (incoming: Fields, own: OwnHeaders): HeaderList =>
  headOf(listOf(incoming), own);

const CUSTOMER: ForwardedIdentity = {
  token: "own.legacy.token",
  userId: "u-1",
  customerId: "c-1",
  role: "customer",
  sessionId: "s-1",
};

const OWN: OwnHeaders = {
  identity: CUSTOMER,
  requestId: "request-1",
  trace: { traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01`, tracestate: null },
  clientAddress: "203.0.113.7",
  publicUrl: new URL("https://api.earlybird.example"),
  judgesAnswer: false,
  added: new Set(["x-app-version"]),
};

/** What the upstream must see of the gateway, whatever the client sent. */
const OWN_FIELDS: HeaderList = [
  ["authorization", "Bearer own.legacy.token"],
  ["x-user-id", "u-1"],
  ["x-customer-id", "c-1"],
  ["x-user-role", "customer"],
  ["x-session-id", "s-1"],
  ["x-request-id", "request-1"],
  ["traceparent", `00-${"1".repeat(32)}-${"2".repeat(16)}-01`],
  ["x-forwarded-for", "203.0.113.7"],
  ["x-forwarded-proto", "https"],
  ["x-forwarded-host", "api.earlybird.example"],
];

const IDENTITY = [
  "authorization",
  "cookie",
  "x-user-id",
  "x-customer-id",
  "x-user-role",
  "x-session-id",
  "x-request-id",
  "x-upstream-authorization",
  "x-forward-auth-secret",
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-proto",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-prefix",
  "x-forwarded-user",
  "x-real-ip",
  "x-original-url",
  "x-original-uri",
  "x-original-method",
  "x-rewrite-url",
  "x-http-method-override",
  "x-http-method",
  "x-method-override",
  "x-client-ip",
  "true-client-ip",
  "cf-connecting-ip",
  "x-middleware-subrequest",
  "x-envoy-external-address",
  "x-amzn-oidc-data",
  "traceparent",
  "tracestate",
  "baggage",
  "x-admin",
  "x-tenant-id",
  "x-access-token",
  "x-api-key",
  "wl-proxy-client-ip",
  "x-app-build",
  "acceptance",
  "contents",
  "ifs",
  "sec-websocket-key",
];
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
];
const PASSED = [
  "accept",
  "accept-encoding",
  "accept-language",
  "cache-control",
  "content-digest",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-type",
  "digest",
  "dnt",
  "idempotency-key",
  "if-match",
  "if-none-match",
  "last-event-id",
  "origin",
  "pragma",
  "prefer",
  "range",
  "referer",
  "repr-digest",
  "save-data",
  "sec-ch-ua-mobile",
  "sec-fetch-site",
  "user-agent",
  "x-app-version",
  "x-requested-with",
];

/** A name as another program may still read it: any case, and any sign that CGI makes one. */
const spelling = (name: string): fc.Arbitrary<string> =>
  fc
    .array(fc.tuple(fc.boolean(), fc.constantFrom("-", "_", ".", "~")), {
      minLength: name.length,
      maxLength: name.length,
    })
    .map((choices) =>
      [...name]
        .map((character, i) => {
          const [upper, sign] = choices[i] ?? [false, "-"];
          if (character === "-") return sign;
          return upper ? character.toUpperCase() : character;
        })
        .join(""),
    );

const canonical = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, "-");

describe("the head of the upstream's request", () => {
  it("the head of the upstream's request holds what the client asked for, in order, and the gateway's own last", () => {
    const incoming = PASSED.map((name) => [name, `1 ${name}`] as const);
    expect(requestHead(incoming, OWN)).toEqual([...incoming, ...OWN_FIELDS]);
  });

  it.each(IDENTITY)("the head of the upstream's request never holds the client's %s", (name) => {
    const duplicate = name.replaceAll("-", "_");
    for (const spelt of [name, name.toUpperCase(), duplicate, duplicate.toUpperCase()]) {
      expect(requestHead([[spelt, "forged"]], OWN), spelt).toEqual(OWN_FIELDS);
    }
  });

  it.each(HOP_BY_HOP)("the head of the upstream's request ends %s at this hop", (name) => {
    expect(requestHead([[name, "trailers"]], OWN)).toEqual(OWN_FIELDS);
  });

  it.each(["host", "content-length", "expect"])(
    "the head of the upstream's request leaves %s to the adapter",
    (name) => {
      expect(requestHead([[name, "4"]], OWN)).toEqual(OWN_FIELDS);
    },
  );

  it("the head of the upstream's request ends what `Connection` names as well, in any case, over several lines", () => {
    const incoming = [
      ["Connection", "close, DNT"],
      ["dnt", "1"],
      ["connection", ",x-APP-version ,"],
      ["X-App-Version", "2"],
      ["prefer", "3"],
    ] as const;
    expect(requestHead(incoming, OWN)).toEqual([["prefer", "3"], ...OWN_FIELDS]);
  });

  it("the head of the upstream's request lets no header through that is not listed, under any name", () => {
    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,20}$/);
    const usual = /^(?:accept-|content-|if-|sec-ch-|sec-fetch-)/;
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.constant("1"))), (incoming) => {
        for (const [passed] of requestHead(incoming, OWN).slice(0, -OWN_FIELDS.length)) {
          expect(PASSED.includes(passed) || usual.test(passed), passed).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
    expect(requestHead([["X-App-Version", "7"]], { ...OWN, added: new Set() })).toEqual(OWN_FIELDS);
  });

  it("the head of the upstream's request lets no spelling of an identity field through, nor `Connection` take one of the gateway's", () => {
    const field = fc.tuple(
      fc.constantFrom(...IDENTITY, ...HOP_BY_HOP).chain(spelling),
      fc.string({ unit: "grapheme-ascii" }),
    );
    const named = fc
      .array(
        fc
          .constantFrom(...IDENTITY, ...PASSED, ...OWN_FIELDS.map(([name]) => name))
          .chain(spelling),
      )
      .map((names) => ["Connection", names.join(", ")] as const);
    const harmless = fc.tuple(fc.constantFrom(...PASSED).chain(spelling), fc.string());
    const fields = fc.array(fc.oneof(field, named, harmless), { maxLength: 20 });
    fc.assert(
      fc.property(fields, (incoming) => {
        const head = requestHead(incoming, OWN);
        expect(head.slice(-OWN_FIELDS.length)).toEqual(OWN_FIELDS);
        for (const [name, value] of head.slice(0, -OWN_FIELDS.length)) {
          expect(PASSED).toContain(name);
          expect([...IDENTITY, ...HOP_BY_HOP]).not.toContain(canonical(name));
          expect(value).not.toMatch(/[\0\r\n]/);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("the head of the upstream's request says nothing of anybody where nobody was let in, whatever the client says", () => {
    const incoming = IDENTITY.map((name) => [name, "forged"] as const);
    const identity = ["authorization", "x-user-id", "x-customer-id", "x-user-role", "x-session-id"];
    expect(requestHead(incoming, { ...OWN, identity: null })).toEqual(
      OWN_FIELDS.filter(([name]) => !identity.includes(name)),
    );
  });

  it("the head of the upstream's request says of staff what there is to say", () => {
    const staff = {
      token: "t",
      userId: "admin-001",
      customerId: null,
      role: "admin",
      sessionId: null,
    } as const;
    const head = Object.fromEntries(requestHead([], { ...OWN, identity: staff }));
    expect(head).toMatchObject({
      authorization: "Bearer t",
      "x-user-id": "admin-001",
      "x-user-role": "admin",
    });
    expect(head).not.toHaveProperty("x-customer-id");
    expect(head).not.toHaveProperty("x-session-id");
  });

  it("the head of the upstream's request carries an id of any characters, and no two ids alike", () => {
    const carriedId = (userId: string) =>
      Object.fromEntries(requestHead([], { ...OWN, identity: { ...CUSTOMER, userId } }))[
        "x-user-id"
      ];
    expect(carriedId("c-1\r\nX-User-Role: admin")).toBe("c-1%0D%0AX-User-Role:%20admin");
    expect(carriedId("आशा")).toBe("%E0%A4%86%E0%A4%B6%E0%A4%BE");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (id) => {
        const value = carriedId(id) ?? "";
        expect(value).toMatch(/^[\x21-\x7e]*$/);
        expect(decodeURIComponent(value)).toBe(id.toWellFormed());
      }),
    );
  });

  it("the head of the upstream's request asks for an answer that will be judged whole and without coding", () => {
    const incoming = [
      ["accept-encoding", "gzip, br"],
      ["range", "bytes=0-1"],
      ["if-range", '"1"'],
      ["accept", "*/*"],
    ] as const;
    expect(requestHead(incoming, { ...OWN, judgesAnswer: true })).toEqual([
      ["accept", "*/*"],
      ["accept-encoding", "identity"],
      ...OWN_FIELDS,
    ]);
  });

  it("the head of the upstream's request takes a platform's Headers as well as a list", () => {
    const headers = new Headers({
      Accept: "*/*",
      Authorization: "Bearer forged",
      X_User_Id: "u-2",
    });
    expect(requestHead(headers, OWN)).toEqual([["accept", "*/*"], ...OWN_FIELDS]);
  });
});
