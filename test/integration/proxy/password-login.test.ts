import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type Asked,
  fetchWorld,
  type Got,
  type ProxiedWorld,
} from "../../support/proxy/proxied-world.ts";

const LOGIN = "/api/auth/login";
const ADMIN = { email: "admin@example.com", password: "admin-password" };
const MARKETING = { email: "marketing@example.com", password: "marketing_staff-password" };
/** By the bulk import: who knows the phone knows both (LEGACY 4). */
const IMPORTED = { email: "9876500103@customer.earlybird.com", password: "customer123" };
const WRONG = { ...ADMIN, password: "guess" };
const WRONG_PASSWORD = '{"detail":"Invalid email or password"}';
const OFFICE = "198.51.100.7";

let world: ProxiedWorld;
beforeEach(async () => {
  world = await fetchWorld({ env: { TRUSTED_PROXIES: "127.0.0.1" } });
});
afterEach(() => world.stop());

const logIn = (body: Asked["body"], address = "203.0.113.1"): Promise<Got> =>
  world.ask({
    method: "POST",
    target: LOGIN,
    body: body ?? {},
    headers: [["x-forwarded-for", address]],
  });

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

describe("the login is limited", () => {
  it("the password login is limited by e-mail and address, and no stranger spends what its owner needs", async () => {
    const answers: number[] = [];
    for (let tries = 0; tries < 12; tries++) {
      answers.push((await logIn({ ...WRONG, email: ADMIN.email }, "203.0.113.1")).status);
    }
    expect(answers).toEqual([...Array(10).fill(401), 429, 429]);
    expect((await logIn(ADMIN, "198.51.100.7")).status).toBe(200);
  });

  it("the password login is limited by refused answers alone: an office behind one address logs in all day", async () => {
    for (let day = 0; day < 150; day++) {
      const got = await logIn(day % 2 === 0 ? ADMIN : MARKETING);
      expect([day, got.status]).toEqual([day, 200]);
    }
    const answers: number[] = [];
    for (let tries = 0; tries < 11; tries++) answers.push((await logIn(WRONG)).status);
    expect(answers, "a guess counts as it always did").toEqual([...Array(10).fill(401), 429]);
  });

  it("the password login is limited by no answer that the backend could not give", async () => {
    await world.backend.stop();
    for (let tries = 0; tries < 12; tries++) expect((await logIn(ADMIN)).status).toBe(502);
  });

  it("a hundred guesses from ten networks keep the admin out of no place of theirs", async () => {
    expect((await logIn(ADMIN, OFFICE)).status).toBe(200);
    await world.test.runtime.settle();
    for (let guess = 0; guess < 110; guess++) {
      await logIn(WRONG, `203.0.${guess % 11}.7`);
    }
    expect((await logIn(ADMIN, "192.0.2.77")).status, "the budget is spent").toBe(429);
    expect((await logIn(ADMIN, OFFICE)).status).toBe(200);
    // The office's own guesses at that e-mail are counted on, and it speaks for no other e-mail.
    const guesses: number[] = [];
    for (let guess = 0; guess < 11; guess++) guesses.push((await logIn(WRONG, OFFICE)).status);
    expect(guesses).toEqual([...Array(10).fill(401), 429]);
    for (let guess = 0; guess < 110; guess++) {
      await logIn({ ...MARKETING, password: "guess" }, `203.0.${guess % 11}.8`);
    }
    expect((await logIn(MARKETING, OFFICE)).status).toBe(429);
  });

  it.each([
    ["an IPv6 /48", (guess: number) => `2001:db8:7:${guess.toString(16)}::1`],
    ["an IPv4 /24", (guess: number) => `203.0.113.${guess}`],
  ])(
    "one host with %s has twenty guesses an hour, and locks no owner out",
    async (_, addressOf) => {
      const guesses: number[] = [];
      for (let guess = 0; guess < 110; guess++) {
        guesses.push((await logIn(WRONG, addressOf(guess))).status);
      }
      expect(guesses.filter((status) => status === 401)).toHaveLength(20);
      expect(guesses.slice(20).every((status) => status === 429)).toBe(true);
      expect((await logIn(ADMIN, "192.0.2.77")).status, "an address never used").toBe(200);
    },
  );

  it("one host with an IPv6 /48 makes the backend compare 600 passwords in ten minutes at most, whatever e-mails are tried", async () => {
    const answers: number[] = [];
    for (let guess = 0; guess < 620; guess++) {
      const email = `guess${guess}@example.com`;
      const address = `2001:db8:7:${(guess % 31).toString(16)}::1`;
      answers.push((await logIn({ email, password: "x" }, address)).status);
    }
    expect(answers.filter((status) => status === 401)).toHaveLength(600);
    expect(world.backend.received).toHaveLength(600);
    expect((await logIn(ADMIN, OFFICE)).status).toBe(200);
  });

  it("an owner logs in from another address of a network that they used, though strangers spent the e-mail's limit", async () => {
    expect((await logIn(ADMIN, OFFICE)).status).toBe(200);
    await world.test.runtime.settle();
    for (let guess = 0; guess < 110; guess++) await logIn(WRONG, `203.0.${guess % 11}.7`);
    expect((await logIn(ADMIN, "198.51.100.200")).status).toBe(200);
    expect((await logIn(ADMIN, "192.0.2.77")).status).toBe(429);
    // A stranger in that network has the guesses of one network, and no more.
    const guesses: number[] = [];
    for (let guess = 0; guess < 30; guess++) {
      guesses.push((await logIn(WRONG, `198.51.100.${guess + 30}`)).status);
    }
    expect(guesses).toEqual([...Array(20).fill(401), ...Array(10).fill(429)]);
    await world.test.runtime.settle();
    expect((await logIn(ADMIN, OFFICE)).status, "the owner's own address").toBe(200);
  });

  it("the password login is limited by records that name neither e-mail nor address", async () => {
    await logIn(ADMIN, OFFICE);
    await world.test.runtime.settle();
    const rows = world.test.file.sql.all("SELECT key, value FROM state");
    expect(rows.some(({ key }) => String(key).includes("staff-source/"))).toBe(true);
    expect(JSON.stringify(rows)).not.toMatch(/admin@|198\.51|example\.com/);
  });

  it("the password login is limited by e-mail, however it is written, from however many addresses", async () => {
    const spellings = [
      "admin@example.com",
      "ADMIN@example.com",
      " admin@example.com",
      "Admin@Example.COM ",
    ];
    const answers: number[] = [];
    for (let tries = 0; tries < 102; tries++) {
      const email = spellings[tries % spellings.length];
      answers.push((await logIn({ ...WRONG, email }, `203.0.${tries}.7`)).status);
    }
    expect(answers).toEqual([...Array(100).fill(401), 429, 429]);
    expect(world.backend.received).toHaveLength(100);
    const got = await logIn(ADMIN, OFFICE);
    expect([got.status, got.code]).toEqual([429, "rate-limited"]);
    expect(Number(got.headers.get("retry-after"))).toBeGreaterThan(0);
    // Another's e-mail is another budget.
    expect((await logIn({ email: "supplier@example.com", password: "x" })).status).toBe(401);
  });

  it("the password login is limited to e-mails that have one spelling", async () => {
    const odd = [
      ...[
        "Admin <admin@example.com>",
        "admin@example.com(x)",
        '"admin"@example.com',
        "admin@exam\u00adple.com",
      ],
      ...[
        "\uff41dmin@example.com",
        "admin@example\u3002com",
        "admin @example.com",
        "admin@example.com\u0000",
      ],
      ...["", ["admin@example.com"], { $ne: null }, null, 1],
    ];
    for (const email of odd) {
      const got = await logIn({ ...ADMIN, email });
      expect(UNREADABLE, `${email}`).toContainEqual([got.status, got.code]);
    }
    const twice = `{"email":"x@example.com","email":"admin@example.com","password":"x"}`;
    const body = new TextEncoder().encode(twice);
    const headers = [["content-type", "application/json"] as const];
    const got = await world.ask({ method: "POST", target: LOGIN, body, headers });
    expect(got.status).toBe(400);
    expect(world.backend.received).toEqual([]);
  });

  it("the password login is limited by address, however many e-mails are tried", async () => {
    const answers: number[] = [];
    for (let tries = 0; tries < 122; tries++) {
      answers.push((await logIn({ email: `guess${tries}@example.com`, password: "x" })).status);
    }
    expect(answers.slice(0, 120).every((status) => status === 401)).toBe(true);
    expect(answers.slice(120)).toEqual([429, 429]);
    expect((await logIn(ADMIN, "198.51.100.7")).status).toBe(200);
  });
});
