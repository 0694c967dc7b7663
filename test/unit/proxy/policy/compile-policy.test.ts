import { afterEach, describe, expect, it, vi } from "vitest";
import type { Role } from "../../../../src/core/roles.ts";
import { routesOf } from "../../../../src/http/create-app.ts";
import { headerWarnings } from "../../../../src/proxy/policy/added-headers.ts";
import { compilePolicy } from "../../../../src/proxy/policy/compile-policy.ts";
import { OWN_PATHS } from "../../../../src/proxy/policy/own-paths.ts";
import { type Policy, ruleFor } from "../../../../src/proxy/policy/policy.ts";
import { readPolicy } from "../../../../src/proxy/policy/read-policy.ts";

import { FULL_SITE } from "../../../support/gateway/every-site.ts";

type FileRule = Readonly<Record<string, unknown>>;
const rule = (match: string, more: FileRule = {}): FileRule => ({
  match,
  allow: ["customer"],
  ...more,
});
const DOCUMENT = { collection: "subscriptions_v2", owner: ["customer_id"] };

function compiled(...rules: readonly (string | FileRule)[]): Policy {
  const policy = compilePolicy({
    rules: rules.map((at) => (typeof at === "string" ? rule(at) : at)),
  });
  if (!policy.ok) throw new Error(JSON.stringify(policy.failure));
  return policy.value;
}

function errors(rules: readonly unknown[], ownPaths: readonly string[] = []): readonly string[] {
  const policy = compilePolicy({ rules }, { ownPaths });
  return policy.ok ? [] : policy.failure.map(({ detail, position }) => `${position} ${detail}`);
}

const patternOf = (policy: Policy, path: string, method = "GET") =>
  policy.find(method, path)?.pattern ?? null;

it("lets the backend's caching through on public rules alone", () => {
  const kept = (allow: unknown) => [{ match: "GET /a", allow, cache: "upstream" }];
  expect(errors(kept("public"))).toEqual([]);
  expect(errors(kept(["customer"]))).toEqual([
    expect.stringContaining("must not be cached for others"),
  ]);
});

describe("what a path matches", () => {
  const policy = compiled(
    "GET /",
    "GET /a",
    "GET /a/b",
    "GET /a/:x",
    "GET /a/:x/c",
    "GET /d/*",
    "GET /d/e/f",
    "* /m/*",
    "POST /m/n",
  );
  it.each([
    ["/", "/"],
    ["/a", "/a"],
    ["/a/", "/a"],
    ["/a/b", "/a/b"],
    ["/a/c", "/a/:x"],
    ["/a/%62", "/a/b"],
    ["/a/x/c", "/a/:x/c"],
    ["/a/x/c/", "/a/:x/c"],
    ["/d/x", "/d/*"],
    ["/d/x/y/z/", "/d/*"],
    ["/d/e/f", "/d/e/f"],
    // Literal over parameter, parameter over rest, and never back.
    ["/a/b/c", null],
    ["/d/e/g", null],
    ["/d/e/f/g", null],
    ["/d", null],
    ["/d/", null],
    ["/A", null],
    ["/a/x/c/d", null],
    ["/b", null],
    // What is not canonical is nowhere.
    ["/a//b", null],
    ["//a", null],
    ["a", null],
    ["", null],
    ["/a/%2F", null],
    ["/a/..", null],
    ["/a/%zz", null],
    ["/a/__proto__/c", "/a/:x/c"],
    ["/__proto__", null],
    ["/constructor", null],
    ["/a/constructor/toString", null],
  ])("a look-up in the policy: %s is at %s", (path, pattern) => {
    const found = policy.find("GET", path);
    const there = found !== null && found.rules.length > 0 ? found.pattern : null;
    expect(there).toBe(pattern);
  });

  it("a look-up in the policy never comes back to a * that stands higher", () => {
    const high = compiled("GET /*", "GET /a/b", "GET /c/:x/d", "GET /c/:y");
    expect(patternOf(high, "/z/y/x")).toBe("/*");
    for (const path of ["/a/c", "/a", "/c/1/e", "/c/1/d/2"]) {
      expect(high.find("GET", path)?.rules ?? []).toEqual([]);
    }
  });

  it("a look-up in the policy chooses by path first, then by method, then by role, and never falls through", () => {
    expect(policy.find("GET", "/m/n")?.rules).toEqual([]);
    expect(policy.find("POST", "/m/n")?.rules.length).toBe(1);
    expect(policy.find("GET", "/m/o")?.rules.length).toBe(1);
    expect(policy.find("POST", "/a")?.rules).toEqual([]);
    const roles = compiled(
      { match: "GET /x", allow: ["admin"] },
      { match: "* /x", allow: ["customer", "admin"] },
      { match: "GET /x/:id", allow: ["customer"] },
    );
    const decide = (method: string, path: string, role: Role | null) => {
      const found = roles.find(method, path);
      return found && ruleFor(found, role)?.position;
    };
    expect(decide("GET", "/x", "admin")).toBe("rules[0]");
    expect(decide("GET", "/x", "customer")).toBeUndefined();
    expect(decide("PUT", "/x", "customer")).toBe("rules[1]");
    expect(decide("PUT", "/x", "supplier")).toBeUndefined();
    expect(decide("PUT", "/x", null)).toBeUndefined();
  });

  it("a look-up in the policy names parameters as each rule does, decoded", () => {
    const named = compiled("GET /c/:id", "POST /c/:customer", "GET /c/:x/d/:constructor");
    expect(named.find("GET", "/c/%E0%A4%85%20b")?.params).toEqual({ id: "अ b", customer: "अ b" });
    expect(named.find("GET", "/c/1/d/2")?.params).toEqual({ x: "1", constructor: "2" });
    expect(named.find("GET", "/c/__proto__")?.params).toHaveProperty("id", "__proto__");
  });

  it("a look-up in the policy lets a public rule decide for everybody", () => {
    const open = compiled({ match: "GET /x", allow: "public" });
    const found = open.find("GET", "/x");
    for (const role of ["customer", "admin", null] as const) {
      expect(found && ruleFor(found, role)?.match).toBe("GET /x");
    }
  });
});

describe("the cost of a look-up", () => {
  afterEach(() => vi.restoreAllMocks());

  /** Places of the tree that are visited: each asks its map once. */
  function visits(policy: Policy, path: string): number {
    const get = vi.spyOn(Map.prototype, "get");
    const found = policy.find("GET", path);
    // The last one chooses the method.
    const places = get.mock.calls.length - (found === null ? 0 : 1);
    get.mockRestore();
    return places;
  }

  it("the cost of a look-up is one place a segment, with three rules and with three thousand", () => {
    const path = "/api/things/7/parts/9";
    const few = ["GET /api/things/:id", "GET /api/things/:id/parts/:part", "GET /other"];
    const many = Array.from({ length: 3000 }, (_, at) => [
      `GET /api/thing-${at}/:id/parts/:part`,
      `GET /api/things/:id/part-${at}`,
    ]).flat();
    expect(visits(compiled(...few), path)).toBe(5);
    expect(visits(compiled(...few, ...many), path)).toBe(5);
    expect(visits(compiled(...few, ...many), "/api/nothing/7")).toBe(2);
  });
});

describe("a rule's own errors", () => {
  it.each<[unknown, ...string[]]>([
    [rule("GET a"), " the pattern must begin with /"],
    [rule("GET /a//b"), " an empty segment matches nothing"],
    [rule("GET //"), " an empty segment matches nothing"],
    [rule("GET /a/../b"), " a dot segment matches nothing"],
    [rule("GET /."), " a dot segment matches nothing"],
    [rule("GET /a%20b"), " a pattern is written decoded, without %"],
    [rule("GET /*/a"), " * must be the last segment"],
    [rule("GET /a*"), " a segment is letters, digits and . _ ~ -, or :name, or *"],
    [rule("GET /{id}"), " a segment is letters, digits and . _ ~ -, or :name, or *"],
    [rule("GET /a?b"), " a segment is letters, digits and . _ ~ -, or :name, or *"],
    [rule("GET /:"), " a parameter is named by letters, digits and _"],
    [rule("GET /:__proto__"), " a parameter is named by letters, digits and _"],
    [rule("GET /:a-b"), " a parameter is named by letters, digits and _"],
    [rule("GET /:id/x/:id"), " :id stands twice"],
    [rule("get /a"), " the method must be * or one of GET, POST, PUT, PATCH, DELETE"],
    [rule("TRACE /a"), " the method must be * or one of GET, POST, PUT, PATCH, DELETE"],
    [rule("HEAD /a"), " HEAD follows the rules of GET and has none of its own"],
    [rule("OPTIONS /a"), " OPTIONS is answered by the gateway and never forwarded"],
    [rule("/a"), " must be a method, one space, and a pattern such as /api/orders/:id"],
    [rule("GET  /a"), " must be a method, one space, and a pattern such as /api/orders/:id"],
    [rule("GET /a "), " must be a method, one space, and a pattern such as /api/orders/:id"],
    [rule(""), " must be a method, one space, and a pattern such as /api/orders/:id"],
  ])("a rule's own errors: %j: match%s", (file, ...details) => {
    expect(errors([file])).toEqual(details.map((detail) => `rules[0].match${detail}`));
  });

  it.each<[string, FileRule, ...string[]]>([
    ["GET /a", { allow: [] }, "allow must not be empty"],
    ["GET /a", { allow: ["boss"] }, "allow must be"],
    ["GET /a", { allow: "everybody" }, "allow must be"],
    ["GET /a", { allow: ["customer", "customer"] }, "allow customer stands twice"],
    ["GET /a", { own: { "path.id": "sub" } }, "own path.id is not in the pattern"],
    ["GET /a", { ends: "path.id" }, "ends path.id is not in the pattern"],
    ["GET /a", { limit: { "path.id": "1/1m" } }, "limit path.id is not in the pattern"],
    ["POST /a", { set: { "path.id": "sub" } }, 'set "path.id" is not a field'],
    ["GET /a", { own: { "header.x": "sub" } }, 'own "header.x" is not a field'],
    ["GET /a", { own: { "body.a.b": "sub" } }, 'own "body.a.b" is not a field'],
    ["GET /a", { own: { "query.$ne": "sub" } }, 'own "query.$ne" is not a field'],
    ["GET /a", { own: { "query.x": "role" } }, "own query.x must be customer_v2_id or sub"],
    ["GET /a", { own: { "body.x": "sub" } }, "own body.x needs a method"],
    ["* /a", { set: { "body.x": "sub" } }, "set body.x needs a method"],
    ["* /a", { limit: { "body.x": "1/1m" } }, "limit body.x needs a method"],
    [
      "GET /a",
      { own: { "query.x": "sub" }, set: { "query.x": "sub" } },
      "own query.x is also in set",
    ],
    [
      "GET /a",
      { allow: ["customer", "admin"], own: { "query.x": "customer_v2_id" } },
      "own query.x compares with a claim that staff do not have",
    ],
    ["GET /a", { allow: ["admin"], set: { "query.x": "customer_v2_id" } }, "set query.x compares"],
    [
      "GET /a",
      { allow: "public", own: { "query.x": "sub" } },
      "own query.x compares with a claim that a public",
    ],
    ["GET /a", { allow: ["admin"], own: { "query.x": DOCUMENT } }, "own query.x compares"],
    [
      "GET /a",
      { own: { "query.x": { ...DOCUMENT, collection: "a.b" } } },
      "own query.x.collection must be",
    ],
    [
      "GET /a",
      { own: { "query.x": { ...DOCUMENT, owner: ["$where"] } } },
      "own query.x.owner.0 must be",
    ],
    ["GET /a", { own: { "query.x": { ...DOCUMENT, owner: [] } } }, "own query.x.owner must not"],
    [
      "GET /a",
      { own: { "query.x": { ...DOCUMENT, claim: "role" } } },
      "own query.x must be customer_v2_id or sub, or",
    ],
    [
      "GET /a",
      { own: { "query.x": { ...DOCUMENT, extra: 1 } } },
      'own query.x unknown member "extra"',
    ],
    ["GET /a", { limit: { address: "many" } }, "limit address must be counts per time"],
    ["GET /a", { limit: { address: "" } }, "limit address must be counts per time"],
    ["GET /a", { limit: { address: "1/1m,2/60s" } }, "limit address must not give two limits"],
    ["GET /a", { limit: { ip: "1/1m" } }, 'limit "ip" is not a field'],
    ["GET /a", { login: { refuse: ["customer"] } }, "login needs the method POST"],
    ["POST /a", { login: { refuse: [] } }, "login refuse must not be empty"],
    ["POST /a", { login: {} }, "login refuse must be a list"],
    ["GET /a", { forbid: ["a.b"] }, "forbid 0 must be"],
    ["GET /a", { redact: ["__proto__"] }, "redact 0 must be"],
    ["GET /a", { risk: "" }, "risk must say"],
    ["GET /a", { ends: "id" }, "ends must be a field"],
  ])("a rule's own errors: %s with %j: %s", (match, more, expected) => {
    const found = errors([rule(match, more)]);
    expect(found.length).toBe(1);
    const [position = "", ...detail] = (found[0] ?? "").split(" ");
    expect(
      `${position.replace("rules[0].", "")} ${detail.join(" ")}`.startsWith(expected),
      found[0],
    ).toBe(true);
  });

  it("a rule takes no member that it does not know, one that JavaScript would hide included", () => {
    expect(errors([rule("GET /a", { owns: {} })])).toEqual(['rules[0] unknown member "owns"']);
    for (const text of [
      '{"match":"GET /a","allow":["customer"],"__proto__":{"own":{}}}',
      '{"match":"GET /a","allow":["customer"],"own":{"__proto__":"sub"}}',
    ]) {
      expect(errors([JSON.parse(text)])).toContain('rules[0] unknown member "__proto__"');
    }
    expect(compilePolicy({ rules: [rule("GET /a")], more: 1 })).toMatchObject({
      failure: [{ position: "file", match: null, detail: 'unknown member "more"' }],
    });
    for (const file of [null, [], "x", {}, { rules: [] }, { rules: {} }]) {
      expect(compilePolicy(file).ok).toBe(false);
    }
    expect(errors([null, 7, rule("GET /a")])).toEqual([
      "rules[0] must be an object",
      "rules[1] must be an object",
    ]);
  });

  it("a rule lets staff's own sub decide, and a query or path field stand under any method", () => {
    expect(
      errors([rule("* /a/:id", { allow: ["admin"], own: { "path.id": "sub", "query.x": "sub" } })]),
    ).toEqual([]);
  });
});

describe("errors between rules", () => {
  const admin = (match: string) => rule(match, { allow: ["admin"] });
  const open = (match: string) => rule(match, { allow: "public" });

  it.each<[readonly unknown[], ...string[]]>([
    [
      [rule("GET /a"), admin("GET /a"), rule("GET /a/")],
      "rules[2] allows customer already by rules[0]",
    ],
    [[rule("GET /a/:x"), rule("GET /a/:y")], "rules[1] allows customer already by rules[0]"],
    [[rule("GET /a"), open("GET /a")], "rules[1] is public beside the roles of rules[0]"],
    [[open("GET /a"), admin("GET /a")], "rules[1] is public beside the roles of rules[0]"],
    [[open("GET /a"), open("GET /a")], "rules[1] is public already by rules[0]"],
    [
      [rule("GET /a/*"), rule("GET /a/:x/b")],
      "rules[0] never matches: GET /a/:x/b (rules[1]) comes first and takes every path of it",
    ],
    [
      [rule("POST /a/:y/c"), rule("GET /a/:x/*"), rule("PUT /a/:z/:w")],
      "rules[1] never matches: PUT /a/:z/:w (rules[2]) comes first and takes every path of it",
    ],
    [
      [rule("GET /a/:x/:y"), admin("GET /a/:y/:x")],
      "rules[1] :y names another segment in an earlier rule of the same pattern",
      "rules[1] :x names another segment in an earlier rule of the same pattern",
    ],
    [
      ["* /a", "GET /a", "POST /a", "PUT /a", "PATCH /a", "DELETE /a"].map((match) => rule(match)),
      "rules[0] never matches: every method has its own rules for this pattern",
    ],
  ])("errors between rules: %j: %s", (rules, ...expected) => {
    expect(errors(rules)).toEqual(expected);
  });

  it("errors between rules are none where rules only stand beside each other", () => {
    expect(
      errors([
        ...[rule("GET /a/:id"), admin("GET /a/:other"), rule("POST /a/:id"), rule("GET /a/:x/b")],
        ...[
          rule("* /a/:id"),
          open("GET /a/b"),
          rule("GET /b/*"),
          rule("GET /b/c/d"),
          rule("GET /*"),
        ],
      ]),
    ).toEqual([]);
  });

  it("errors between rules say which rules only the gateway itself would answer", () => {
    const ownPaths = ["/auth/*", "POST /api/otp/:what"];
    const own = (match: string) => errors([rule(match)], ownPaths).length > 0;
    for (const match of [
      "GET /auth",
      "GET /auth/me",
      "* /auth/*",
      "GET /auth/:x/y",
      "POST /api/otp/send",
    ]) {
      expect(own(match), match).toBe(true);
    }
    for (const match of [
      "GET /*",
      "GET /:x/me",
      "* /api/otp/send",
      "GET /api/otp/send",
      "POST /api/otp/*",
    ]) {
      expect(own(match), match).toBe(false);
    }
    expect(errors([rule("GET /auth/me")], ownPaths)).toEqual([
      "rules[0] never matches: /auth/* is a path of the gateway itself",
    ]);
  });

  it("errors between rules are all told at once, each with its rule's position and text", () => {
    const policy = compilePolicy({
      rules: [
        rule("get /a"),
        { match: 7, allow: [] },
        rule("GET /b"),
        rule("GET /b"),
        rule("GET /c/:id", { ends: "path.x" }),
      ],
    });
    expect(policy).toEqual({
      ok: false,
      failure: [
        { position: "rules[0].match", match: "get /a", detail: expect.any(String) },
        { position: "rules[1].match", match: null, detail: "must be a text" },
        { position: "rules[1].allow", match: null, detail: expect.any(String) },
        { position: "rules[3]", match: "GET /b", detail: "allows customer already by rules[2]" },
        { position: "rules[4].ends", match: "GET /c/:id", detail: "path.x is not in the pattern" },
      ],
    });
  });
});

describe("the gateway's own paths", () => {
  it("the gateway's own paths hold every route that the gateway serves", () => {
    for (const { method, path } of routesOf(FULL_SITE)) {
      expect(errors([rule(`${method} ${path}`)], OWN_PATHS), path).not.toEqual([]);
    }
  });
});

describe("the text of a policy file", () => {
  it("the text of a policy file is refused with a member twice: only the last would count", () => {
    const text =
      '{"rules":[{"match":"GET /a","allow":["customer"],"own":{"query.x":"sub"},"own":{"query.y":"sub"}}]}';
    expect(readPolicy(text)).toEqual({
      ok: false,
      failure: [
        {
          position: "file",
          match: null,
          detail: "is not valid JSON, or has the same member twice",
        },
      ],
    });
    expect(readPolicy("{").ok).toBe(false);
    expect(readPolicy(text.replace('"own":{"query.x":"sub"},', "")).ok).toBe(true);
  });
  it("the text of a policy file may name its schema", () => {
    expect(
      readPolicy('{"$schema":"./schema.json","rules":[{"match":"GET /a","allow":"public"}]}').ok,
    ).toBe(true);
  });
});

describe("what a rule judges", () => {
  const of = (match: string, more: FileRule) => compiled(rule(match, more)).rules[0];
  it("what a rule judges is read from what it looks at, and nothing else is read", () => {
    const flags = (match: string, more: FileRule) => {
      const { judgesAnswer, judgesBody, judgesQuery } = of(match, more) ?? {};
      return [judgesQuery, judgesBody, judgesAnswer];
    };
    expect(flags("POST /a/:id", { own: { "path.id": "sub" } })).toEqual([false, false, false]);
    expect(flags("POST /a", { own: { "query.id": "sub" } })).toEqual([true, false, false]);
    expect(flags("POST /a", { set: { "body.id": "sub" } })).toEqual([false, true, false]);
    expect(flags("POST /a", { limit: { "body.id": "1/1m", address: "1/1m" } })).toEqual([
      false,
      true,
      false,
    ]);
    expect(flags("POST /a", { ends: "query.id" })).toEqual([true, false, false]);
    expect(flags("POST /a", { forbid: ["id"] })).toEqual([true, true, false]);
    expect(flags("* /a", { forbid: ["id"] })).toEqual([true, true, false]);
    expect(flags("GET /a", { forbid: ["id"] })).toEqual([true, false, false]);
    expect(flags("GET /a", { redact: ["x"] })).toEqual([false, false, true]);
    expect(flags("POST /a", { login: { refuse: ["customer"] } })).toEqual([false, true, true]);
  });
  it("a policy names each limit by the rule, so that no two share a counter", () => {
    const policy = compiled(
      rule("POST /a/:id", { limit: { address: "1/1m", "path.id": "2/1m,5/1h" } }),
      rule("POST /a/:id", { allow: ["admin"], limit: { address: "3/1m" } }),
    );
    expect(policy.limits).toEqual({
      "policy/POST /a/:id customer address": [{ limit: 1, windowMs: 60_000 }],
      "policy/POST /a/:id customer path.id": [
        { limit: 2, windowMs: 60_000 },
        { limit: 5, windowMs: 3_600_000 },
      ],
      "policy/POST /a/:id admin address": [{ limit: 3, windowMs: 60_000 }],
    });
    expect(patternOf(policy, "/a/1", "POST")).toBe("/a/:id");
  });
});

describe("the headers that a policy adds", () => {
  it("the headers that a policy adds are the rule's own and those of the file, in lower case", () => {
    const policy = compilePolicy({
      headers: ["X-App-Version"],
      rules: [rule("GET /a", { headers: ["X-Hook"] }), rule("GET /b")],
    });
    if (!policy.ok) throw new Error("not compiled");
    const [a, b] = policy.value.rules.map(({ headers }) => [...headers]);
    expect([a, b]).toEqual([["x-app-version", "x-hook"], ["x-app-version"]]);
    expect([...policy.value.headers]).toEqual(["x-app-version", "x-hook"]);
  });

  it.each([
    ...["Connection", "Keep-Alive", "TE", "Upgrade", "Transfer-Encoding", "Proxy", "Proxy-User"],
    ...["Host", "Content-Length", "Expect", "Authorization", "Cookie", "Forwarded", "Via"],
    ...["X-User-Id", "X-Customer-Id", "X-User-Role", "X-Session-Id", "X-Request-Id", "Baggage"],
    ...["X-Forwarded-For", "X-Forwarded-User", "X-Forward-Auth-Secret", "Traceparent"],
    "X-Upstream-Authorization",
  ])("the headers that a policy adds are never %s", (name) => {
    const detail = `headers ${name.toLowerCase()} belongs to one connection, is a credential, or is written by the gateway`;
    const inRule = compilePolicy({ rules: [rule("GET /a", { headers: [name] })] });
    const inFile = compilePolicy({ headers: [name], rules: [rule("GET /a")] });
    expect(inFile).toMatchObject({ ok: false, failure: [{ position: "file", detail }] });
    expect(inRule).toMatchObject({
      ok: false,
      failure: [{ position: "rules[0].headers", detail: detail.slice("headers ".length) }],
    });
  });

  it("the headers that a policy adds are named once, by names that every upstream reads alike", () => {
    expect(errors([rule("GET /a", { headers: ["X-A", "x-a"] })])).toEqual([
      "rules[0].headers x-a stands twice",
    ]);
    for (const name of ["X_A", "X A", "", "X-A:"]) {
      expect(errors([rule("GET /a", { headers: [name] })])).toEqual([
        "rules[0].headers 0 must be a header's name: letters, digits and -",
      ]);
    }
  });

  it("the headers that a policy adds are linted where they read as if an upstream let people in by them", () => {
    const warned = (...headers: string[]) =>
      headerWarnings({ headers: new Set(headers) }).map((line) => line.split(" ")[0]);
    const suspects = [
      ...["x-admin", "x-tenant-id", "x-access-token", "x-api-key", "wl-proxy-client-ip", "x-role"],
      ...["x-http-method-override", "remote-user", "x-real-ip", "x-original-url", "cf-ray", "from"],
    ];
    expect(warned(...suspects)).toEqual(suspects);
    const plain = ["x-razorpay-signature", "x-app-version", "x-hub-signature-256", "x-csrf"];
    expect(warned(...plain)).toEqual([]);
  });
});
