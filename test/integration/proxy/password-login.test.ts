import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  ADMIN,
  LOGIN,
  passwordLogIn,
  WRONG_PASSWORD,
} from "../../support/proxy/password-logins.ts";
import {
  type Asked,
  fetchWorld,
  type Got,
  type ProxiedWorld,
} from "../../support/proxy/proxied-world.ts";

/** By the bulk import: who knows the phone knows both (LEGACY 4). */
const IMPORTED = { email: "9876500103@customer.earlybird.com", password: "customer123" };
const WRONG = { ...ADMIN, password: "guess" };

let world: ProxiedWorld;
beforeEach(async () => {
  world = await fetchWorld({ env: { TRUSTED_PROXIES: "127.0.0.1" } });
});
afterEach(() => world.stop());

const logIn = (body: Asked["body"], address?: string) => passwordLogIn(world, body, address);

/** What the backend was asked last, as it read it. */
const lastAsked = () => JSON.parse(world.backend.received.at(-1)?.body.toString() ?? "null");

/** All that a client sees of an answer, but what is new each time. */
function seen({ headers, status, text }: Got) {
  const kept = [...headers].filter(([name]) => !["date", "x-request-id"].includes(name));
  return { status, text, headers: kept };
}

/** What is no e-mail or no password: by the rule's schema, or by what no schema says. */
const UNREADABLE = [
  [400, "request-malformed"],
  [422, "validation-failed"],
];

describe("whoever names somebody else's e-mail at the password login", () => {
  /** A customer's right password, a customer's wrong one, nobody's, and staff's wrong one. */
  const strangers: readonly (readonly [string, { email: string; password: string }])[] = [
    ["an imported customer, by the published password", IMPORTED],
    [
      "a customer, by the right password",
      { email: "customer1@example.com", password: "customer-1-password" },
    ],
    ["a customer, by a wrong password", { ...IMPORTED, password: "guess" }],
    ["nobody", { email: "no@example.com", password: "customer123" }],
    [
      "an inactive admin, by the right password",
      { email: "inactive@example.com", password: "admin-password" },
    ],
    ["staff, in other letters", { ...ADMIN, email: "Admin@example.com" }],
  ];

  it("a caller with another person's e-mail at the password login gets the same of each, which is what staff's wrong password gets", async () => {
    const wrong = seen(await logIn(WRONG));
    expect([wrong.status, wrong.text]).toEqual([401, WRONG_PASSWORD]);
    for (const [who, body] of strangers) expect(seen(await logIn(body)), who).toEqual(wrong);
  });

  it("a caller with another person's e-mail at the password login has the backend do the same work: it compares a password of staff's each time", async () => {
    await logIn(WRONG);
    const { password: typed } = lastAsked();
    expect(typed).toBe("guess");
    const asked = new Set<string>();
    for (const [who, body] of strangers) {
      await logIn(body);
      const { email, password, ...more } = lastAsked();
      expect([who, email, more]).toEqual([who, ADMIN.email, {}]);
      expect(password).toMatch(/^[\w-]{24,}$/);
      asked.add(password);
    }
    expect(asked.size, "never one password twice").toBe(strangers.length);
    expect(world.backend.received).toHaveLength(strangers.length + 1);
  });

  it("a caller with another person's e-mail at the password login has it asked with as many bytes: some refuse a length before they compare", async () => {
    const long = { ...IMPORTED, password: "ü".repeat(50) };
    await logIn(long);
    expect(lastAsked().password).toHaveLength(100);
    for (const password of ["", "a\u0000b", "\ud800", "x".repeat(1025), 7, { $gt: "" }, ["x"]]) {
      for (const email of [ADMIN.email, IMPORTED.email]) {
        const got = await logIn({ email, password });
        expect(UNREADABLE, `${password}`).toContainEqual([got.status, got.code]);
      }
    }
    expect(world.backend.received).toHaveLength(1);
  });

  it("a caller with another person's e-mail at the password login finds no other way in by the body's type, its coding or what stands beside", async () => {
    const bytes = new TextEncoder().encode(JSON.stringify(IMPORTED));
    for (const [type, coding] of [
      ["text/plain", "identity"],
      ["application/x-www-form-urlencoded", "identity"],
      ["application/json; charset=utf-16", "identity"],
      ["application/json", "gzip"],
    ]) {
      const got = await world.ask({
        method: "POST",
        target: LOGIN,
        body: bytes,
        headers: [
          ["content-type", type ?? ""],
          ["content-encoding", coding ?? ""],
        ],
      });
      expect([type, coding, got.status]).toEqual([type, coding, 415]);
    }
    await logIn({ ...ADMIN, user_id: "u-1", role: "customer", remember: { deep: [1] } });
    expect(lastAsked()).toEqual(ADMIN);
  });
});

describe("staff's e-mail at the password login", () => {
  const users = () => world.backend.data.users;
  const admin = () => users().find(({ id }) => id === "u-admin") ?? {};

  it("staff's e-mail at the password login is sent as it is stored, for the spellings that the backend takes for it", async () => {
    for (const email of [" admin@example.com", "admin@EXAMPLE.com "]) {
      expect((await logIn({ ...ADMIN, email })).status).toBe(200);
      expect(lastAsked()).toEqual(ADMIN);
    }
    admin()["email"] = "Chief@Example.com";
    expect((await logIn({ ...ADMIN, email: "Chief@Example.com" })).status).toBe(200);
    expect((await logIn({ ...ADMIN, email: "chief@example.com" })).status).toBe(401);
  });

  it.each([
    ["a customer's record has it too", { id: "u-x", role: "customer" }],
    ["another member of staff has it too", { id: "u-x", role: "supplier" }],
    ["an inactive record has it too", { id: "u-x", role: "admin", is_active: false }],
  ])("staff's e-mail at the password login opens nothing where %s", async (_, other) => {
    users().push({ email: ADMIN.email, password_hash: "plain:admin-password", ...other });
    expect((await logIn(ADMIN)).status).toBe(401);
    expect(lastAsked().password).not.toBe(ADMIN.password);
  });

  it.each([["Admin"], ["customer"], ["root"], [null], [["admin"]]])(
    "staff's e-mail at the password login opens nothing where the record's role is %j",
    async (role) => {
      admin()["role"] = role;
      expect((await logIn(ADMIN)).status).toBe(401);
    },
  );

  it("staff's e-mail at the password login is asked about where nobody of the staff can log in, and then by a name of ours", async () => {
    world.backend.data.users = users().filter(({ role }) => role === "customer");
    expect((await logIn(ADMIN)).status).toBe(401);
    expect(lastAsked().email).toBe("nobody@example.com");
  });
});
