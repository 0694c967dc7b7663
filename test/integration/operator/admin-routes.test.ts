import { beforeAll, describe, expect, test } from "vitest";
import { ADMIN_TOKEN } from "../../support/gateway/admin-token.ts";
import {
  type Answer,
  bearer,
  call,
  challengeFor,
  claimsOf,
  logIn,
} from "../../support/gateway/client.ts";
import {
  ask,
  audited,
  BODIES,
  documents,
  NAMES,
  ORIGIN,
  OTHER,
  openDoor,
  PHONE,
  RARE,
} from "../../support/gateway/operator-door.ts";
import { recorder } from "../../support/gateway/recorder.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem, retryAfter } from "../http/expect-problem.ts";

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
