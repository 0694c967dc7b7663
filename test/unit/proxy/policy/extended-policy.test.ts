import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Role, STAFF_ROLES } from "../../../../src/core/roles.ts";
import { OWN_PATHS } from "../../../../src/proxy/policy/own-paths.ts";
import { METHODS } from "../../../../src/proxy/policy/pattern.ts";
import { readPolicy } from "../../../../src/proxy/policy/read-policy.ts";
import { baseReader, readPolicyText } from "../../../../src/runtimes/node/policy-source.ts";
import { decided, earlybirdPolicy } from "../../../support/proxy/earlybird-policy.ts";

const BASE = {
  rules: [
    { match: "GET /api/users/:id", allow: ["admin"] },
    { match: "POST /api/users/:id", allow: ["admin"] },
    { match: "* /api/users/:id/*", allow: ["admin"] },
    { match: "* /api/*", allow: ["admin"] },
  ],
};
const FILES: Readonly<Record<string, string>> = {
  "base.json": JSON.stringify(BASE),
  "chain.json": JSON.stringify({ ...BASE, extends: "base.json" }),
  "twice.json": '{"rules":[],"rules":[]}',
};
const read = (file: object) =>
  readPolicy(JSON.stringify(file), { readBase: (name) => FILES[name] ?? null });

function good(file: object) {
  const policy = read(file);
  if (!policy.ok) throw new Error(JSON.stringify(policy.failure));
  return policy.value;
}

const faultOf = (file: object): string => {
  const policy = read(file);
  return policy.ok ? "none" : policy.failure.map(({ detail }) => detail).join();
};

describe("a policy that extends another", () => {
  it("a policy that extends another has the rules of both", () => {
    const policy = good({
      extends: "base.json",
      rules: [{ match: "GET /api/orders", allow: ["customer"] }],
    });
    expect(decided(policy, "GET", "/api/orders", "customer")?.match).toBe("GET /api/orders");
    expect(decided(policy, "POST", "/api/users/u", "admin")?.match).toBe("POST /api/users/:id");
    expect(policy.rules).toHaveLength(5);
  });

  it("a denied rule is for no role, and no wider pattern takes its requests", () => {
    const policy = good({
      extends: "base.json",
      deny: ["* /api/users/:id/*", "POST /api/users/:id"],
    });
    for (const [method, path] of [
      ["POST", "/api/users/u"],
      ["PUT", "/api/users/u/status"],
      ["DELETE", "/api/users/u/a/b"],
    ] as const) {
      expect(decided(policy, method, path, "admin")).toBe(null);
    }
    expect(decided(policy, "GET", "/api/users/u", "admin")).not.toBe(null);
    expect(decided(policy, "POST", "/api/other", "admin")?.match).toBe("* /api/*");
  });

  it("a policy without a base can deny as well", () => {
    const policy = good({ ...BASE, deny: ["GET /api/users/:id"] });
    expect(decided(policy, "GET", "/api/users/u", "admin")).toBe(null);
  });

  it("an entry of deny that is no rule's match stops the start: the route would stay open", () => {
    expect(faultOf({ extends: "base.json", deny: ["POST /api/user/:id"] })).toBe(
      "is the match of no rule",
    );
  });

  it.each([
    ["a file that is not there", { extends: "none.json" }],
    ["a file elsewhere", { extends: "../base.json" }],
    ["a name that is no text", { extends: 5 }],
    ["a file that extends another", { extends: "chain.json" }],
    ["a file with a member twice", { extends: "twice.json" }],
    ["an unknown member", { extends: "base.json", denied: ["GET /api/users/:id"] }],
    ["rules that are no list", { extends: "base.json", rules: {} }],
  ])("a policy that extends %s stops the start", (_, file) => {
    expect(read(file).ok).toBe(false);
  });

  it("a rule for a role that the base allows already stops the start", () => {
    const rules = [{ match: "GET /api/users/:id", allow: ["admin"] }];
    expect(faultOf({ extends: "base.json", rules })).toContain("allows admin already");
  });
});

/** LEGACY 7: the routes with which the backend writes `users`. */
const WRITES_USERS = [
  "POST /api/phase0-v2/customers",
  "POST /api/phase0-v2/customers/import",
  "POST /api/phase0-v2/delivery-boys",
  "PUT /api/phase0-v2/delivery-boy/:id/assign-area",
  "POST /api/admin/users",
  "PUT /api/admin/users/:id/toggle-status",
  "* /api/admin/users/:id/*",
];
const ROLES: readonly (Role | null)[] = ["customer", ...STAFF_ROLES, null];

function shipped(name: string) {
  const file = join(import.meta.dirname, "../../../../policy", name);
  const policy = readPolicy(readPolicyText(file), {
    ownPaths: OWN_PATHS,
    readBase: baseReader(file),
  });
  if (!policy.ok) throw new Error(JSON.stringify(policy.failure));
  return policy.value;
}

describe("policy/users-read-only.json", () => {
  const readOnly = shipped("users-read-only.json");
  const earlybird = earlybirdPolicy();
  const calls = [...earlybird.rules.map(({ match }) => match), ...WRITES_USERS].flatMap((match) => {
    const [method = "", pattern = ""] = match.split(" ");
    const path = pattern.replaceAll(/:\w+/g, "x-1").replace("*", "rest");
    return method === "*" ? METHODS.map((each) => ({ method: each, path })) : [{ method, path }];
  });

  it("users-read-only: no role reaches a route that writes users", () => {
    for (const match of WRITES_USERS) {
      const [method = "", pattern = ""] = match.split(" ");
      const path = pattern.replaceAll(/:\w+/g, "x-1").replace("*", "anything/below");
      for (const each of method === "*" ? METHODS : [method]) {
        for (const role of ROLES) {
          expect([each, path, decided(readOnly, each, path, role)]).toEqual([each, path, null]);
        }
      }
    }
  });

  it("users-read-only: no write reaches a path of users", () => {
    const paths = ["/api/admin/users", "/api/admin/users/u-1", "/api/admin/users/u-1/role"];
    for (const method of METHODS.filter((each) => each !== "GET")) {
      for (const path of [...paths, "/api/phase0-v2/users"]) {
        for (const role of ROLES) expect(decided(readOnly, method, path, role)).toBe(null);
      }
    }
  });

  it("users-read-only: every other call is decided as by policy/earlybird.json", () => {
    let compared = 0;
    for (const { method, path } of calls) {
      for (const role of ROLES) {
        const before = decided(earlybird, method, path, role);
        if (before !== null && WRITES_USERS.includes(before.match)) continue;
        expect(decided(readOnly, method, path, role)?.match).toBe(before?.match);
        compared++;
      }
    }
    expect(compared).toBeGreaterThan(500);
  });

  it("every shipped policy file compiles", () => {
    const folder = join(import.meta.dirname, "../../../../policy");
    const names = readdirSync(folder).filter((name) => name !== "schema.json");
    expect(names).toEqual(["earlybird.json", "users-read-only.json"]);
    for (const name of names) expect(shipped(name).rules.length).toBeGreaterThan(100);
    expect(readFileSync(join(folder, "users-read-only.json"), "utf8")).not.toContain('"rules"');
  });
});
