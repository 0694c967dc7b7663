import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { signLegacyToken } from "../../support/legacy-backend/caller.ts";
import { HASH_MARK } from "../../support/legacy-backend/markers.ts";
import { ADMIN, passwordLogIn, WRONG_PASSWORD } from "../../support/proxy/password-logins.ts";
import {
  type Asked,
  fetchWorld,
  type Got,
  logInCustomer,
  type ProxiedWorld,
} from "../../support/proxy/proxied-world.ts";

/** A compact JWT, whole or in part. */
const TOKEN = /eyJ[\w-]{5,}/;

let world: ProxiedWorld;
beforeEach(async () => {
  world = await fetchWorld({ env: { TRUSTED_PROXIES: "127.0.0.1" } });
});
afterEach(() => world.stop());

const logIn = (body: Asked["body"], address?: string) => passwordLogIn(world, body, address);
const withToken = (token: string, target: string): Promise<Got> =>
  world.ask({ method: "GET", target, headers: [["authorization", `Bearer ${token}`]] });

describe("the password login of the backend", () => {
  it.each([
    ["admin", ADMIN, "/api/phase0-v2/users"],
    [
      "marketing_staff",
      { email: "marketing@example.com", password: "marketing_staff-password" },
      "/api/marketing/leads/",
    ],
    [
      "supplier",
      { email: "supplier@example.com", password: "supplier-password" },
      "/api/suppliers/",
    ],
  ])("lets %s in, with a token that works, and keeps the hash", async (role, body, route) => {
    const deep = { password: "plain:1", list: [{ password_hash: "plain:2", kept: 1 }] };
    for (const user of world.backend.data.users) user["profile"] = deep;
    const got = await logIn(body);
    expect(got.status).toBe(200);
    expect(got.headers.get("cache-control"), "nobody keeps a token").toBe("no-store");
    expect(got.text).not.toContain(HASH_MARK);
    expect(got.text).not.toMatch(/password/);
    const { access_token, token_type, user } = JSON.parse(got.text);
    expect([token_type, user.role, user.email]).toEqual(["bearer", role, body.email]);
    expect(user.profile).toEqual({ list: [{ kept: 1 }] });
    const listed = await withToken(access_token, route);
    expect(listed.status).toBe(200);
    expect(listed.text).not.toContain(HASH_MARK);
    const me = await withToken(access_token, "/api/auth/me");
    expect(JSON.parse(me.text)).toMatchObject({ role, email: body.email });
    expect(me.text).not.toMatch(/password|plain:/);
  });

  it("the password login of the backend takes no token of a customer's that the backend gave before", async () => {
    const claims = { sub: "c-3", role: "customer", exp: Math.floor(Date.now() / 1000) + 60 };
    const token = await signLegacyToken(claims, world.backend.secret);
    const got = await withToken(token, "/api/orders/");
    expect([got.status, got.code]).toEqual([401, "token-invalid"]);
  });
});

describe("an answer of the login that contradicts itself", () => {
  /** The stand-in answers as it is told. */
  const policy = {
    rules: [
      {
        match: "POST /__test/answer",
        allow: "public",
        login: { refuse: ["customer"] },
        redact: ["password", "password_hash"],
      },
    ],
  };
  const answered = async (status: number, answer: unknown, type = "application/json") => {
    const told = new URLSearchParams({ status: `${status}`, header: `Content-Type:${type}` });
    told.set("body", typeof answer === "string" ? answer : JSON.stringify(answer));
    return world.ask({ method: "POST", target: `/__test/answer?${told}`, body: ADMIN });
  };
  const tokenOf = (role: unknown) => signLegacyToken({ sub: "x", role }, world.backend.secret);

  beforeEach(async () => {
    await world.stop();
    world = await fetchWorld({ policy });
  });

  it("an answer of the login that contradicts itself is a customer's where either the token or the document says so", async () => {
    for (const [inToken, inUser] of [
      ["customer", "admin"],
      ["admin", "customer"],
    ]) {
      const answer = { access_token: await tokenOf(inToken), user: { role: inUser } };
      const got = await answered(200, answer);
      expect([got.status, got.text], `${inToken} ${inUser}`).toEqual([401, WRONG_PASSWORD]);
    }
  });

  it("an answer of the login without a staff role, in any spelling, is refused", async () => {
    const staff = await tokenOf("admin");
    for (const role of [
      "Customer",
      "CUSTOMER",
      " customer",
      "customer\u0000",
      ["customer"],
      "root",
      null,
    ]) {
      for (const answer of [
        { access_token: await tokenOf(role), user: { role: "admin" } },
        { access_token: staff, user: { role } },
        { access_token: staff, user: [{ role: "admin" }] },
      ]) {
        const got = await answered(200, answer);
        expect([got.status, got.code], JSON.stringify(answer)).toEqual([
          502,
          "upstream-unreachable",
        ]);
        expect(got.text).not.toMatch(TOKEN);
      }
    }
  });

  it("an answer of the login that cannot be read is refused", async () => {
    const good = { access_token: await tokenOf("admin"), user: { role: "admin" } };
    expect((await answered(200, good)).status).toBe(200);
    const text = JSON.stringify(good);
    for (const [status, body, type] of [
      [200, text, "text/html"],
      [200, text.slice(0, -1), "application/json"],
      [200, [good], "application/json"],
      [200, { data: good }, "application/json"],
      [401, good, "application/json"],
      [500, good, "application/json"],
      [302, good, "application/json"],
      [200, text, "application/json; charset=utf-16"],
    ] as const) {
      const got = await answered(status, body, type);
      expect([status, type, got.status]).toEqual([status, type, 502]);
      expect(got.text).not.toMatch(TOKEN);
    }
  });
});

describe("GET /api/auth/me", () => {
  it("GET /api/auth/me shows a customer themselves without a hash, at any depth", async () => {
    const token = await logInCustomer(world.test);
    const got = await withToken(token, "/api/auth/me");
    expect(got.status).toBe(200);
    const { customer, id } = JSON.parse(got.text);
    expect([id, customer.id]).toEqual(["u-1", "c-1"]);
    expect(got.text).not.toMatch(/password|plain:/);
  });
});

describe("a customer whose password is lost", () => {
  it("a customer whose password is lost logs in by phone and sees the old orders, which hang on the same user", async () => {
    const { orders, users } = world.backend.data;
    orders.push({ id: "o-3", user_id: "c-3", items: [], status: "delivered", marker: "old" });
    const token = await logInCustomer(world.test, "9876500103");
    const got = await withToken(token, "/api/orders/");
    expect(JSON.parse(got.text)).toMatchObject([{ id: "o-3", user_id: "c-3" }]);
    expect(users.filter(({ phone }) => phone === "9876500103")).toHaveLength(1);
    expect(users.find(({ id }) => id === "c-3")).toMatchObject({ customer_v2_id: "c-3" });
  });
});
