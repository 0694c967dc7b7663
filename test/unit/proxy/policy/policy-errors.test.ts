import { describe, expect, it } from "vitest";
import { compilePolicy } from "../../../../src/proxy/policy/compile-policy.ts";

type FileRule = Readonly<Record<string, unknown>>;
const rule = (match: string, more: FileRule = {}): FileRule => ({
  match,
  allow: ["customer"],
  ...more,
});

const DOCUMENT = { collection: "subscriptions_v2", owner: ["customer_id"] };

function errors(rules: readonly unknown[], ownPaths: readonly string[] = []): readonly string[] {
  const policy = compilePolicy({ rules }, { ownPaths });
  return policy.ok ? [] : policy.failure.map(({ detail, position }) => `${position} ${detail}`);
}

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
