import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64url } from "../../../../src/core/bytes.ts";
import type { HeaderList } from "../../../../src/ports/upstream.ts";
import { judgeAnswer } from "../../../../src/proxy/judge/judge-answer.ts";
import type { PolicyRule } from "../../../../src/proxy/policy/policy.ts";
import { earlybirdPolicy } from "../../../support/proxy/earlybird-policy.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const rules = earlybirdPolicy().rules;
function ruleAt(match: string): PolicyRule {
  const rule = rules.find((candidate) => candidate.match === match);
  if (rule === undefined) throw new Error(`no rule ${match}`);
  return rule;
}
const USERS = ruleAt("GET /api/phase0-v2/users");
const LOGIN = ruleAt("POST /api/auth/login");
const JSON_HEAD: HeaderList = [["content-type", "application/json"]];

const problem = (status: number) => `{"problem":${status}}`;

async function answer(
  rule: PolicyRule,
  body: string | Uint8Array<ArrayBuffer>,
  status = 200,
  headers = JSON_HEAD,
  isStaff = true,
) {
  const judged = await judgeAnswer(
    rule,
    { status, headers },
    typeof body === "string" ? utf8(body) : body,
    { login: rule.login && { ...rule.login, isStaff }, problem },
  );
  if (!judged.ok) return judged.failure;
  const { body: bytes, head } = judged.value;
  return { ...head, body: bytes === null ? null : new TextDecoder().decode(bytes) };
}
const UNJUDGEABLE = { reason: "upstream-unreachable", cause: "unjudgeable-answer" };
const REFUSED = {
  status: 401,
  headers: JSON_HEAD,
  body: '{"detail":"Invalid email or password"}',
};

describe("redaction", () => {
  it("redaction takes the names out at any depth, under any spelling, and leaves the rest", async () => {
    const body =
      '[{"id":"u-1","password_hash":"$2b$12$x","profile":{"password":{"a":1},"tags":[{"passw\\u006frd":null,"b":[]}]}}]';
    expect(await answer(USERS, body)).toMatchObject({
      status: 200,
      body: '[{"id":"u-1","profile":{"tags":[{"b":[]}]}}]',
    });
    expect(await answer(USERS, '{"password":1,"password":2,"passwords":3}')).toMatchObject({
      body: '{"passwords":3}',
    });
  });
  it("redaction leaves no hash in any answer that it passes", async () => {
    const value = fc.letrec((tie) => ({
      json: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("secret-hash", 1, null, true),
        fc.array(tie("json"), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom("password", "password_hash", "a", "toString", "user"),
          tie("json"),
          { maxKeys: 4, noNullPrototype: true },
        ),
      ),
    })).json;
    const without = (json: unknown): unknown => {
      if (Array.isArray(json)) return json.map(without);
      if (typeof json !== "object" || json === null) return json;
      const kept = Object.entries(json).filter(([key]) => !key.startsWith("password"));
      return Object.fromEntries(kept.map(([key, member]) => [key, without(member)]));
    };
    await fc.assert(
      fc.asyncProperty(value, async (json) => {
        const judged = await answer(USERS, JSON.stringify(json));
        expect("body" in judged && judged.body).toBe(JSON.stringify(without(json)));
      }),
      { numRuns: 500 },
    );
  });
  it("redaction drops what described the old bytes, and nothing else of the head", async () => {
    const kept: HeaderList = [
      ...JSON_HEAD,
      ["x-total", "1"],
      ["set-cookie", "a=1"],
      ["set-cookie", "b=2"],
    ];
    const old: HeaderList = [
      ...([
        ["content-length", "20"],
        ["etag", '"x"'],
        ["content-md5", "x"],
        ["digest", "x"],
      ] as const),
      ...([
        ["content-digest", "x"],
        ["repr-digest", "x"],
      ] as const),
    ];
    expect(await answer(USERS, '{"password":1}', 200, [...kept, ...old])).toMatchObject({
      headers: kept,
    });
  });
  it("redaction does not judge what holds another member twice, or one that hides in JavaScript", async () => {
    for (const body of [
      '{"a":{"password_hash":"x"},"a":1}',
      '{"a":1,"\\u0061":2}',
      '[{"b":{"a":1,"b":2,"a":3}}]',
      '{"__proto__":{"password":1}}',
      '{"a":{"__pr\\u006fto__":1}}',
    ]) {
      expect(await answer(USERS, body)).toEqual(UNJUDGEABLE);
    }
  });
  it("redaction leaves every number, text and blank as the backend wrote it", async () => {
    const body =
      '{ "id":9007199254740993 , "2":1.0,"1":-0.0,"big":12345678901234567890,"e":1E+2,"t":"\\u0061\\/","password_hash":"x" }\n';
    expect(await answer(USERS, body)).toMatchObject({
      body: body.replace(',"password_hash":"x"', ""),
    });
    const untouched = body.replace("password_hash", "passwords");
    const head: HeaderList = [...JSON_HEAD, ["etag", '"x"'], ["content-length", "142"]];
    expect(await answer(USERS, untouched, 200, head)).toMatchObject({
      body: untouched,
      headers: head,
    });
  });
  it("redaction lets others have their turn while it reads a long answer", async () => {
    const list = Array.from({ length: 40_000 }, (_, n) => ({ id: `u-${n}`, password: "x", n }));
    const body = utf8(JSON.stringify(list));
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    const judged = await judgeAnswer(USERS, { status: 200, headers: JSON_HEAD }, body, {
      login: null,
      problem,
    });
    clearInterval(others);
    expect(judged.ok && judged.value.body?.length).toBe(
      body.length - 40_000 * ',"password":"x"'.length,
    );
    expect(turns).toBeGreaterThan(2);
  });
  it("redaction judges errors as well, and passes what has no body", async () => {
    expect(await answer(USERS, '{"detail":[{"input":{"password":"x"}}]}', 422)).toMatchObject({
      status: 422,
      body: '{"detail":[{"input":{}}]}',
    });
    for (const status of [200, 204, 304, 307, 500]) {
      expect(await answer(USERS, "", status, [["location", "/x"]])).toEqual({
        status,
        headers: [["location", "/x"]],
        body: null,
      });
    }
  });
  it.each([400, 404, 500, 503])(
    "redaction keeps the status %d of an error that it cannot judge, under a body of our own",
    async (status) => {
      const head: HeaderList = [
        ...([
          ["content-type", "text/plain"],
          ["content-length", "30"],
          ["etag", '"x"'],
        ] as const),
        ...([
          ["retry-after", "7"],
          ["content-encoding", "gzip"],
        ] as const),
      ];
      const judged = await answer(USERS, "password_hash: $2b$12$x", status, head);
      expect(judged).toMatchObject({
        status,
        headers: [
          ["retry-after", "7"],
          ["content-type", "application/problem+json"],
        ],
      });
      expect(JSON.stringify(judged)).not.toContain("$2b$");
      expect("body" in judged && judged.body).toBe(problem(status));
    },
  );
  it.each<[string, HeaderList]>([
    ["no type", []],
    ["another type", [["content-type", "text/html"]]],
    ["two types", [...JSON_HEAD, ["content-type", "text/html"]]],
    ["another charset", [["content-type", "application/json; charset=utf-16"]]],
    ["a coding", [...JSON_HEAD, ["content-encoding", "gzip"]]],
    ["two codings", [...JSON_HEAD, ["content-encoding", "identity, br"]]],
    ["a range", [...JSON_HEAD, ["content-range", "bytes 0-9/100"]]],
  ])("redaction does not judge an answer with %s", async (_, headers) => {
    expect(await answer(USERS, '{"a":1}', 200, headers)).toEqual(UNJUDGEABLE);
  });
  it.each<[string, string | Uint8Array<ArrayBuffer>, number?]>([
    ["broken off", '{"password_hash":"x'],
    ["a part of one", '"$2b$12$x"', 206],
    ["several documents", '{"a":1}\n{"password":1}'],
    ["no UTF-8", Uint8Array.from([0x22, 0xff, 0x22])],
    ["marked by a byte order mark", '\ufeff{"password":1}'],
    ["too deep to walk", "[".repeat(400_000) + "]".repeat(400_000)],
  ])("redaction does not judge JSON that is %s", async (_, body, status) => {
    expect(await answer(USERS, body, status)).toEqual(UNJUDGEABLE);
  });
  it("redaction reads JSON under its other names", async () => {
    for (const type of [
      "application/problem+json",
      "application/json; charset=utf-8",
      "Application/JSON",
    ]) {
      expect(await answer(USERS, '{"password":1}', 200, [["content-type", type]])).toMatchObject({
        body: "{}",
      });
    }
  });
});

describe("the legacy password login", () => {
  const jwt = (payload: unknown) =>
    `e30.${toBase64url(utf8(typeof payload === "string" ? payload : JSON.stringify(payload)))}.c2ln`;
  const login = (user: unknown, token: unknown, more = {}) =>
    JSON.stringify({ access_token: token, token_type: "bearer", user, ...more });
  const staff = { id: "u-9", role: "admin", password_hash: "$2b$12$x" };

  it("the legacy password login passes staff's answer, without the hash", async () => {
    for (const role of ["admin", "marketing_staff", "delivery_boy", "supplier"]) {
      const token = jwt({ sub: "u-9", role });
      const judged = await answer(LOGIN, login({ ...staff, role }, token));
      expect(judged).toMatchObject({ status: 200, body: login({ id: "u-9", role }, token) });
    }
  });
  it("the legacy password login gives a customer the refusal of a wrong password, whichever part says so", async () => {
    const customer = { id: "u-1", role: "customer" };
    const bodies = [
      login(customer, jwt({ sub: "u-1", role: "customer" })),
      login(staff, jwt({ role: "customer" })),
      login(customer, jwt({ role: "admin" })),
      login(customer, "no token"),
      login(customer, undefined),
      login({}, jwt({ role: "customer" })),
    ];
    for (const body of bodies) expect(await answer(LOGIN, body)).toEqual(REFUSED);
    expect(await answer(LOGIN, bodies[0] ?? "", 401)).toEqual(REFUSED);
    expect(await answer(LOGIN, bodies[0] ?? "", 302)).toEqual(REFUSED);
  });
  it.each([
    ["no user", login(undefined, jwt({ role: "admin" }))],
    ["a list of users", login([staff], jwt({ role: "admin" }))],
    ["no token", login(staff, undefined)],
    ["a token that is no text", login(staff, { role: "admin" })],
    ["a token that is no JWT", login(staff, "abc")],
    ["a token of two parts", login(staff, jwt({ role: "admin" }).slice(0, -5))],
    ["a token of four parts", login(staff, `${jwt({ role: "admin" })}.x`)],
    ["a token without a role", login(staff, jwt({ sub: "u-9" }))],
    ["a token whose payload is no JSON", login(staff, jwt("role=admin"))],
    ["a role in capitals", login({ role: "Admin" }, jwt({ role: "Admin" }))],
    ["an unknown role", login({ role: "root" }, jwt({ role: "root" }))],
    ["a list of roles", login({ role: ["admin"] }, jwt({ role: ["admin"] }))],
    ["a role that is inherited", login({}, jwt({}))],
    ["a text", '"welcome"'],
    ["null", "null"],
  ])("the legacy password login is not passed on with %s", async (_, body) => {
    expect(await answer(LOGIN, body)).toEqual(UNJUDGEABLE);
  });
  it("the legacy password login is not judged where a member stands twice: the page may read the other one", async () => {
    const [mine, theirs] = [jwt({ role: "admin" }), jwt({ role: "customer", sub: "u-1" })];
    const body = `{"access_token":"${theirs}","access_token":"${mine}","user":{"role":"admin"}}`;
    expect(await answer(LOGIN, body)).toEqual(UNJUDGEABLE);
  });
  it("the legacy password login gives what a stand-in was asked about no other answer than a wrong password", async () => {
    const token = login(staff, jwt({ role: "admin" }));
    const answers = [
      [200, token],
      [201, token],
      [302, token],
      [200, "{}"],
      [403, '{"detail":"Inactive"}'],
      [422, '{"detail":[{"input":"admin@example.com"}]}'],
    ] as const;
    for (const [status, body] of answers) {
      expect(await answer(LOGIN, body, status, JSON_HEAD, false), `${status} ${body}`).toEqual(
        REFUSED,
      );
    }
    const quoted = '{"detail":[{"input":"typed"}]}';
    expect(await answer(LOGIN, quoted, 422), "as staff's own e-mail").toEqual(REFUSED);
    for (const status of [401, 429, 500]) {
      expect(await answer(LOGIN, "{}", status, JSON_HEAD, false)).toMatchObject({
        status,
        body: "{}",
      });
    }
  });
  it("the legacy password login passes the backend's own refusal, redacted, and nothing that is not JSON", async () => {
    expect(
      await answer(LOGIN, '{"detail":"Invalid credentials","password":"x"}', 401),
    ).toMatchObject({
      status: 401,
      body: '{"detail":"Invalid credentials"}',
    });
    const plain: HeaderList = [["content-type", "text/plain"]];
    expect(await answer(LOGIN, "Internal Server Error", 500, plain)).toMatchObject({
      status: 500,
      body: expect.not.stringContaining("Internal Server Error"),
    });
    const gzip: HeaderList = [...JSON_HEAD, ["content-encoding", "gzip"]];
    expect(await answer(LOGIN, login(staff, jwt({ role: "admin" })), 200, gzip)).toEqual(
      UNJUDGEABLE,
    );
  });
});
