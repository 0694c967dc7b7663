import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ADMIN, LOGIN, passwordLogIn } from "../../support/proxy/password-logins.ts";
import { type Asked, fetchWorld, type ProxiedWorld } from "../../support/proxy/proxied-world.ts";

const MARKETING = { email: "marketing@example.com", password: "marketing_staff-password" };
const WRONG = { ...ADMIN, password: "guess" };
const OFFICE = "198.51.100.7";

let world: ProxiedWorld;
beforeEach(async () => {
  world = await fetchWorld({ env: { TRUSTED_PROXIES: "127.0.0.1" } });
});
afterEach(() => world.stop());

const logIn = (body: Asked["body"], address?: string) => passwordLogIn(world, body, address);

/** What is no e-mail or no password: by the rule's schema, or by what no schema says. */
const UNREADABLE = [
  [400, "request-malformed"],
  [422, "validation-failed"],
];

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
