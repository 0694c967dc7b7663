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
