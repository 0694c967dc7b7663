import { describe, expect, it } from "vitest";
import { toBase64url } from "../../../../src/core/bytes.ts";
import type { HeaderList } from "../../../../src/ports/upstream.ts";
import {
  answer,
  JSON_HEAD,
  LOGIN,
  REFUSED,
  UNJUDGEABLE,
  utf8,
} from "../../../support/proxy/judge-given.ts";

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
