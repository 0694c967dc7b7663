import { beforeAll, describe, expect, test } from "vitest";
import { REVOKE, SESSIONS, UNLOCK, WHO } from "../../../src/http/routes/admin/admin-operations.ts";
import { customer, user } from "../../cases-extra/people.ts";
import {
  type Answer,
  askForCode,
  bearer,
  call,
  challengeFor,
  claimsOf,
  logIn,
  refresh,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { recorder } from "../../support/gateway/recorder.ts";
import {
  type TestGateway,
  type TestOptions,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import { expectProblem, retryAfter } from "../http/expect-problem.ts";

const ADMIN_TOKEN = "operator-token-of-the-tests-0123456789";
const ORIGIN = "http://localhost:3000";
const PHONE = "9876500001";
const OTHER = "9876500002";
const RARE = "9876500003";
const documents = {
  customers_v2: [
    customer("c-1", PHONE),
    customer("c-2", OTHER, { user_id: "u-2" }),
    customer("c-3", [...RARE].join(" ")),
  ],
  users: [user("u-2", { customer_v2_id: "c-2", phone: OTHER, email: "ravi@example.com" })],
};
const NAMES = [WHO, UNLOCK, SESSIONS, REVOKE].map(({ name }) => name);
const BODIES: Readonly<Record<string, object>> = {
  who: { who: PHONE },
  unlock: { phone: PHONE, apply: true },
  sessions: { who: PHONE },
  "sessions/revoke": { who: PHONE, apply: true },
};

const openDoor = (options: TestOptions = {}) =>
  testGateway({
    documents,
    ...options,
    env: {
      ADMIN_TOKEN,
      OTP_SENDS_PER_PHONE: "1000/1h",
      OTP_SENDS_PER_DEVICE: "1000/1h",
      ...options.env,
    },
  });

const ask = (gateway: TestGateway, name: string, body: object, headers = bearer(ADMIN_TOKEN)) =>
  call(gateway, "POST", `/auth/admin/${name}`, body, headers);

/** The audit lines since the gateway began, without their time. */
const audited = ({ lines }: TestGateway) =>
  lines.map((line) => JSON.parse(line)).filter(({ event }) => event === "audit");

async function lock(gateway: TestGateway, more: object = {}): Promise<void> {
  for (let tries = 0; tries < 20; tries += 5) {
    const { challenge_id, code } = await challengeFor(gateway, PHONE, more);
    for (let n = 0; n < 5; n++) await verify(gateway, challenge_id, wrongFor(code));
  }
  expectProblem(await askForCode(gateway, PHONE, more), 429, "rate-limited");
}

describe("without ADMIN_TOKEN", async () => {
  const gateway = await testGateway({ documents });

  test.each(NAMES)("without ADMIN_TOKEN /auth/admin/%s does not exist", async (name) => {
    for (const headers of [{}, bearer(ADMIN_TOKEN), bearer("")]) {
      const answer = await call(gateway, "POST", `/auth/admin/${name}`, BODIES[name], headers);
      expectProblem(answer, 404, "not-found");
    }
    const nothing = await call(gateway, "POST", "/auth/nothing", {});
    const here = await call(gateway, "POST", `/auth/admin/${name}`, {});
    expect([...here.headers.keys()]).toEqual([...nothing.headers.keys()]);
    expect((await call(gateway, "GET", "/openapi.json")).body.paths).not.toHaveProperty([
      `/auth/admin/${name}`,
    ]);
  });
});

describe.each(NAMES)("/auth/admin/%s", (name) => {
  let gateway: TestGateway;
  const ports = recorder();
  beforeAll(async () => {
    gateway = await openDoor({ ...ports.options, env: { METRICS_TOKEN: `m${ADMIN_TOKEN}` } });
  });

  test("a route of operators asks for its token, and refuses any other, before it looks at anything", async () => {
    const login = (await logIn(gateway, OTHER)).body;
    ports.take();
    expectProblem(await ask(gateway, name, {}, {} as never), 401, "token-missing");
    const wrong = [
      "Bearer",
      "Bearer x",
      `Bearer ${ADMIN_TOKEN}x`,
      `Bearer ${ADMIN_TOKEN.slice(0, -1)}`,
      `Bearer ${ADMIN_TOKEN.toUpperCase()}`,
      `Bearer m${ADMIN_TOKEN}`,
      `Bearer ${login.access_token}`,
      `Basic ${btoa(`admin:${ADMIN_TOKEN}`)}`,
      ADMIN_TOKEN,
    ];
    for (const authorization of wrong) {
      // Nor does it say whether the body would have done.
      for (const body of [BODIES[name] ?? {}, { nonsense: true }]) {
        const answer = await ask(gateway, name, body, { authorization });
        expectProblem(answer, 401, "token-invalid");
        expect(answer.headers.get("www-authenticate")).toBe('Bearer error="invalid_token"');
      }
    }
    expect(ports.take().filter(({ port }) => port !== "limits")).toEqual([]);
    const refused = audited(gateway).filter(({ name: event }) => event === "admin.refused");
    expect(refused).toHaveLength(1 + 2 * wrong.length);
    for (const line of refused) expect(line).toMatchObject({ detail: name });
  });

  test("a route of operators takes its token, answers for no cache, and is audited without the phone", async () => {
    const before = audited(gateway).length;
    const answer = await ask(gateway, name, BODIES[name] ?? {});
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(audited(gateway)[before]).toMatchObject({
      name: "admin.called",
      by: "operator",
      detail: name,
    });
    expect(gateway.lines.join("\n")).not.toContain(PHONE);
    expect(gateway.lines.join("\n")).not.toContain(ADMIN_TOKEN);
  });

  test("a route of operators has no business with a browser: no origin may read it, none may ask before", async () => {
    const origin = { origin: ORIGIN };
    const path = `/auth/admin/${name}`;
    const read = await ask(gateway, name, BODIES[name] ?? {}, {
      ...bearer(ADMIN_TOKEN),
      ...origin,
    });
    const preflight = await call(gateway, "OPTIONS", path, undefined, {
      ...origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "authorization,content-type",
    });
    expectProblem(preflight, 405, "method-not-allowed");
    for (const { headers } of [read, preflight]) {
      expect([...headers.keys()].filter((header) => header.startsWith("access-control"))).toEqual(
        [],
      );
    }
    const elsewhere = await call(gateway, "GET", "/healthz", undefined, origin);
    expect(elsewhere.headers.get("access-control-allow-origin")).toBe(ORIGIN);
  });

  test("a route of operators refuses a body that does not fit, and repeats nothing of it", async () => {
    for (const body of [{}, { who: 5, phone: 5 }, { who: { $ne: null }, phone: [PHONE] }]) {
      const answer = await ask(gateway, name, body);
      expect([answer.status, answer.body.code]).toEqual([422, "validation-failed"]);
      expect(JSON.stringify(answer.body)).not.toContain(PHONE);
    }
  });
});

test("a guesser is counted by address, with the verifications, and then refused unread", async () => {
  const gateway = await openDoor({ env: { LIMIT_VERIFY_PER_ADDRESS: "3/1h" }, peer: "127.0.0.1" });
  for (let guess = 0; guess < 3; guess++) {
    expectProblem(await ask(gateway, "who", {}, bearer(`guess-${guess}`)), 401, "token-invalid");
  }
  const right = await ask(gateway, "who", { who: PHONE });
  expectProblem(right, 429, "rate-limited");
  expect(retryAfter(right)).toBeGreaterThan(0);
});

describe("who", () => {
  test("POST /auth/admin/who tells what there is, what is held against the phone and who is logged in", async () => {
    const gateway = await openDoor();
    const login = (await logIn(gateway, PHONE)).body;
    const { sid } = claimsOf(login.access_token);
    const { body } = await ask(gateway, "who", { who: PHONE });
    expect(body).toMatchObject({
      phones: [{ phone: `+91${PHONE}`, locked_until: null, lanes: [{ sends: 1, failures: 0 }] }],
      customers: [
        { id: "c-1", login: "linked", users: [{ id: login.user.id, sessions: [{ sid }] }] },
      ],
      others: [],
      complete: true,
      clean: true,
    });
    for (const who of ["c-1", login.user.id]) {
      expect((await ask(gateway, "who", { who })).body, who).toEqual(body);
    }
  });

  test.each(["", "nobody", "\u0000", "a\ud800b", "x".repeat(10_000), "__proto__"])(
    "POST /auth/admin/who knows nobody by %j, and never fails",
    async (who) => {
      const gateway = await openDoor();
      const { body, status } = await ask(gateway, "who", { who });
      expect([status, body.customers, body.clean]).toEqual([200, [], false]);
      const sessions = await ask(gateway, "sessions", { who });
      expect(sessions.body).toMatchObject({ anybody: false, users: [] });
    },
  );

  test("POST /auth/admin/who finds a phone that no index lists, and says where the search was cut short", async () => {
    const gateway = await openDoor();
    const found = await ask(gateway, "who", { who: RARE });
    expect(found.body).toMatchObject({ customers: [{ id: "c-3" }], complete: true });
    const slow = await openDoor({
      wrapDirectory: (directory) => ({
        ...directory,
        async scanCustomers(_, { maxMs }) {
          slow.clock.advance(maxMs);
          return [];
        },
      }),
    });
    for (const name of ["who", "sessions"]) {
      expect((await ask(slow, name, { who: RARE })).body, name).toMatchObject({ complete: false });
    }
  });
});

describe("unlock", () => {
  test("POST /auth/admin/unlock says what it would forgive, and writes nothing, until it is told to", async () => {
    const ports = recorder();
    const gateway = await openDoor(ports.options);
    await lock(gateway);
    ports.take();
    const planned = await ask(gateway, "unlock", { phone: PHONE });
    expect(planned.body).toMatchObject({
      phone: `+91${PHONE}`,
      applied: false,
      lanes: [{ customer_id: null, failures: 15, wrong_codes: 20 }],
    });
    expect((await ask(gateway, "unlock", { phone: PHONE, apply: false })).body).toEqual(
      planned.body,
    );
    const methods = ports.take().map(({ method, port }) => `${port} ${method}`);
    expect(new Set(methods)).toEqual(new Set(["limits take", "state read"]));
    expectProblem(await askForCode(gateway, PHONE), 429, "rate-limited");
    expect(audited(gateway).map(({ name }) => name)).not.toContain("phone.unlocked");

    const done = await ask(gateway, "unlock", { phone: `0${PHONE}`, apply: true });
    expect(done.body).toEqual({ ...planned.body, applied: true });
    expect(audited(gateway).at(-1)).toMatchObject({ name: "phone.unlocked", by: "operator" });
    expect((await logIn(gateway, PHONE)).status).toBe(200);
    const again = await ask(gateway, "unlock", { phone: PHONE, apply: true });
    expect(again.body).toMatchObject({ lanes: [] });
    expect(audited(gateway).at(-1), "nothing happened").toMatchObject({ name: "admin.called" });
  });

  test("POST /auth/admin/unlock opens a known device that its owner locked, and gives no message back", async () => {
    const env = { OTP_SENDS_PER_PHONE: "2/1d" };
    const gateway = await openDoor({ env });
    const { device_token } = (await logIn(gateway, PHONE)).body;
    await lock(gateway, { device_token });
    await askForCode(gateway, PHONE);
    const { body } = await ask(gateway, "unlock", { phone: PHONE, apply: true });
    expect(body.lanes).toMatchObject([{ customer_id: "c-1", wrong_codes: 20 }]);
    expect((await askForCode(gateway, PHONE, { device_token })).status).toBe(202);
    expectProblem(await askForCode(gateway, PHONE), 429, "rate-limited");
  });

  test("POST /auth/admin/unlock takes any phone that we serve, known or not, and nothing else", async () => {
    const gateway = await openDoor();
    const stranger = await ask(gateway, "unlock", { phone: "9876599999", apply: true });
    expect(stranger.body).toMatchObject({ lanes: [] });
    const answer = await ask(gateway, "unlock", { phone: "c-1", apply: true });
    expectProblem(answer, 422, "phone-unsupported");
  });
});

describe("sessions", () => {
  test("the sessions of a person are listed by phone, by user and by customer alike, and by no other's", async () => {
    const gateway = await openDoor();
    const [mine, theirs] = [(await logIn(gateway, PHONE)).body, (await logIn(gateway, OTHER)).body];
    const { sid } = claimsOf(mine.access_token);
    const byPhone = (await ask(gateway, "sessions", { who: PHONE })).body;
    expect(byPhone).toMatchObject({
      anybody: true,
      complete: true,
      users: [{ user_id: mine.user.id, known_devices: 1, sessions: [{ sid, customer_id: "c-1" }] }],
    });
    for (const who of ["c-1", mine.user.id]) {
      expect((await ask(gateway, "sessions", { who })).body, who).toEqual(byPhone);
    }
    expect(JSON.stringify(byPhone)).not.toContain(String(claimsOf(theirs.access_token)["sid"]));
    const rare = (await logIn(gateway, RARE)).body;
    expect((await ask(gateway, "sessions", { who: RARE })).body).toMatchObject({
      users: [{ user_id: rare.user.id }],
    });
    const none = await ask(await openDoor(), "sessions", { who: PHONE });
    expect(none.body).toMatchObject({ anybody: true, users: [] });
  });

  test("the sessions of a user without customer and document are found all the same", async () => {
    const gateway = await openDoor();
    await logIn(gateway, OTHER);
    gateway.file.sql.run("DELETE FROM users");
    gateway.file.sql.run("DELETE FROM customers_v2");
    expect((await ask(gateway, "sessions", { who: "u-2" })).body.users).toHaveLength(1);
    const made = await openDoor();
    await logIn(made, PHONE);
    made.file.sql.run("DELETE FROM users");
    made.file.sql.run("DELETE FROM customers_v2");
    expect((await ask(made, "sessions", { who: "c-1" })).body.users).toHaveLength(1);
  });
});

describe("revoking", () => {
  const isAlive = async (gateway: TestGateway, { access_token }: Answer["body"]) =>
    (await call(gateway, "GET", "/auth/me", undefined, bearer(access_token))).status === 200;

  test("revoking says what it would end, and writes nothing, until it is told to", async () => {
    const ports = recorder();
    const gateway = await openDoor(ports.options);
    const [one, two, other] = [
      (await logIn(gateway, PHONE)).body,
      (await logIn(gateway, PHONE)).body,
      (await logIn(gateway, OTHER)).body,
    ];
    ports.take();
    const planned = await ask(gateway, "sessions/revoke", { who: PHONE });
    expect(planned.body).toMatchObject({
      applied: false,
      anybody: true,
      users: [{ known_devices: 2, sessions: [{}, {}] }],
    });
    expect(ports.take().filter(({ method }) => /write|remove|change|insert/.test(method))).toEqual(
      [],
    );
    expect([await isAlive(gateway, one), await isAlive(gateway, two)]).toEqual([true, true]);

    const done = await ask(gateway, "sessions/revoke", { who: PHONE, apply: true });
    expect(done.body).toEqual({ ...planned.body, applied: true });
    expect(audited(gateway).at(-1)).toMatchObject({
      name: "sessions.revoked",
      by: "operator",
      detail: "all",
      user_id: one.user.id,
    });
    const alive = await Promise.all([one, two, other].map((login) => isAlive(gateway, login)));
    expect(alive).toEqual([false, false, true]);
    const refused = await refresh(gateway, one.refresh_token);
    expect(refused.body).toMatchObject({ error: "invalid_grant" });
    const { device_token } = two;
    await lock(gateway);
    expect((await askForCode(gateway, PHONE, { device_token })).status, "forgotten").toBe(429);
    const again = await ask(gateway, "sessions/revoke", { who: PHONE, apply: true });
    expect(again.body).toMatchObject({ anybody: true, users: [] });
  });

  test("revoking one session ends it and forgets only its device", async () => {
    const gateway = await openDoor();
    const [one, two] = [(await logIn(gateway, PHONE)).body, (await logIn(gateway, PHONE)).body];
    const sid = claimsOf(one.access_token)["sid"];
    const asked = { who: PHONE, sid, apply: true };
    const done = await ask(gateway, "sessions/revoke", asked);
    expect(done.body.users).toMatchObject([{ known_devices: 1, sessions: [{ sid }] }]);
    expect(audited(gateway).at(-1)).toMatchObject({
      name: "sessions.revoked",
      by: "operator",
      detail: "one",
      session_id: sid,
    });
    expect([await isAlive(gateway, one), await isAlive(gateway, two)]).toEqual([false, true]);
    await lock(gateway);
    const known = await Promise.all(
      [one, two].map(({ device_token }) => askForCode(gateway, PHONE, { device_token })),
    );
    expect(known.map(({ status }) => status)).toEqual([429, 202]);
    for (const [who, unknown] of [
      [PHONE, sid],
      [PHONE, "__proto__"],
      [OTHER, claimsOf(two.access_token)["sid"]],
    ]) {
      const answer = await ask(gateway, "sessions/revoke", { who, sid: unknown, apply: true });
      expect(answer.body, "nobody of theirs").toMatchObject({ users: [] });
    }
    expect(await isAlive(gateway, two)).toBe(true);
  });
});

test("no answer holds a secret of the store, and none an e-mail", async () => {
  const gateway = await openDoor();
  const logins = [(await logIn(gateway, PHONE)).body, (await logIn(gateway, OTHER)).body];
  const open = await challengeFor(gateway, PHONE);
  const rows = gateway.file.sql.all("SELECT value FROM state").map(({ value }) => String(value));
  const secret = /"(?:seed|handle|phoneKey)":"([^"]+)"/g;
  const seeds = rows.flatMap((row) => [...row.matchAll(secret)].map(([, seed = ""]) => seed));
  const answers: Answer[] = [];
  for (const who of [PHONE, OTHER, "c-2", "u-2"]) {
    answers.push(await ask(gateway, "who", { who }), await ask(gateway, "sessions", { who }));
  }
  answers.push(await ask(gateway, "unlock", { phone: PHONE }));
  answers.push(await ask(gateway, "sessions/revoke", { who: PHONE, apply: true }));
  expect(seeds.length).toBeGreaterThan(6);
  const tokens = logins.flatMap(({ access_token, device_token, refresh_token }) => [
    ...[access_token, device_token, refresh_token],
  ]);
  const text = JSON.stringify(answers.map(({ body }) => body));
  for (const hidden of [...seeds, ...tokens, open.challenge_id, ADMIN_TOKEN, "@example.com"]) {
    expect(text.includes(hidden)).toBe(false);
  }
  expect(new RegExp(`"${open.code}"`).test(text)).toBe(false);
});
