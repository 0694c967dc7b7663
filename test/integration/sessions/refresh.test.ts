import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Session } from "../../../src/core/sessions/user-record.ts";
import { customer } from "../../cases-extra/people.ts";
import { bearer, call, claimsOf, logIn, refresh } from "../../support/gateway/client.ts";
import { START, type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectOauthError, expectProblem } from "../http/expect-problem.ts";
import { faults } from "../http/failing-ports.ts";

const PHONE = "9876500001";
const SECOND = 1000;
const DAY = 86_400 * SECOND;
const documents = { customers_v2: [customer("c-1", PHONE)] };

async function loggedIn(env: Readonly<Record<string, string>> = {}) {
  const gateway = await testGateway({ documents, env });
  return { gateway, login: (await logIn(gateway, PHONE)).body };
}

const me = (gateway: TestGateway, accessToken: string) =>
  call(gateway, "GET", "/auth/me", undefined, bearer(accessToken));

/** Its client has what came with it, and the gateway has noted so. */
async function received(gateway: TestGateway, accessToken: string): Promise<void> {
  expect((await me(gateway, accessToken)).status).toBe(200);
  await gateway.runtime.settle();
}

/** The only session, as the store has it. */
async function refreshLife({ file }: TestGateway): Promise<Session> {
  const [row] = file.sql.all("SELECT value FROM state WHERE key LIKE '%user/%'");
  return JSON.parse(String(row?.["value"])).record.sessions[0];
}

const auditOf = ({ lines }: TestGateway): string[] =>
  lines
    .map((line) => JSON.parse(line))
    .filter((line) => line.event === "audit")
    .map(({ name }) => name);

describe("a refresh token", () => {
  test("a refresh token is rotated on every use, for as long as it is used", async () => {
    const { gateway, login } = await loggedIn();
    const seen = new Set([login.refresh_token]);
    let token = login.refresh_token;
    for (let turn = 0; turn < 20; turn++) {
      gateway.clock.advance(DAY);
      const { body, status } = await refresh(gateway, token);
      expect(status).toBe(200);
      expect(claimsOf(body.access_token).sid).toBe(claimsOf(login.access_token).sid);
      token = body.refresh_token;
      seen.add(token);
    }
    expect(seen.size).toBe(21);
  });

  test("a refresh token gives two tabs the same successor for ten seconds, byte for byte", async () => {
    const { gateway, login } = await loggedIn();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => refresh(gateway, login.refresh_token)),
    );
    const [{ body }] = answers as [(typeof answers)[0]];
    await received(gateway, body.access_token);
    gateway.clock.advance(10 * SECOND);
    answers.push(await refresh(gateway, login.refresh_token));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    for (const { body } of answers) {
      expect((await me(gateway, body.access_token)).status).toBe(200);
    }
    expect((await refresh(gateway, body.refresh_token)).status).toBe(200);
  });

  test("a refresh token with a lost answer gives the same successor weeks later, from any node", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "doorstep-refresh-")), "doorstep.db");
    const gateway = await testGateway({ documents, path });
    const node = await testGateway({ path, clock: gateway.clock });
    const login = (await logIn(gateway, PHONE)).body;
    const lost = (await refresh(gateway, login.refresh_token)).body;
    // The client's old access token is no receipt of what it never got.
    await received(gateway, login.access_token);
    for (const wait of [11 * SECOND, DAY, 20 * DAY]) {
      gateway.clock.advance(wait);
      const again = await refresh(node, login.refresh_token);
      expect([again.status, again.body.refresh_token]).toEqual([200, lost.refresh_token]);
      // A repeat extends no expiry.
      expect((await refreshLife(gateway)).idleUntil).toBe(START + 30 * DAY);
    }
    gateway.clock.advance(9 * DAY);
    expect((await refresh(gateway, login.refresh_token)).body.code).toBe("token-invalid");
  });

  test("a refresh token has its access tokens fresh at every repeat: each is good for its fifteen minutes", async () => {
    const { gateway, login } = await loggedIn();
    await refresh(gateway, login.refresh_token);
    gateway.clock.advance(DAY);
    const { body } = await refresh(gateway, login.refresh_token);
    expect(body.expires_in).toBe(900);
    gateway.clock.advance(899 * SECOND);
    expect((await me(gateway, body.access_token)).status).toBe(200);
  });

  test.each(["/auth/me", "/auth/sessions"])(
    "a refresh token is received where a token passed %s",
    async (path) => {
      const { gateway, login } = await loggedIn();
      const next = (await refresh(gateway, login.refresh_token)).body;
      gateway.clock.advance(DAY);
      const { body } = await refresh(gateway, login.refresh_token);
      await call(gateway, "GET", path, undefined, bearer(body.access_token));
      await gateway.runtime.settle();
      gateway.clock.advance(10 * SECOND + 1);
      expect((await refresh(gateway, login.refresh_token)).body.code).toBe("refresh-reused");
      expect((await refresh(gateway, next.refresh_token)).body.code).toBe("token-invalid");
    },
  );

  test("a refresh token is received once a generation: one write, however many calls", async () => {
    const writes: string[] = [];
    const gateway = await testGateway({
      documents,
      wrapState: (state) => ({
        ...state,
        write: (key, value, options) => {
          writes.push(key);
          return state.write(key, value, options);
        },
      }),
    });
    const login = (await logIn(gateway, PHONE)).body;
    writes.length = 0;
    await received(gateway, login.access_token);
    expect(writes, "the login's own tokens have none before them").toEqual([]);
    const next = (await refresh(gateway, login.refresh_token)).body;
    for (let times = 0; times < 5; times++) await received(gateway, next.access_token);
    await received(gateway, login.access_token);
    expect(writes, "the turn, and its receipt").toHaveLength(2);
  });

  test("a refresh token is received although the note's first writing failed", async () => {
    const ports = faults();
    const gateway = await testGateway({ documents, ...ports.options });
    const login = (await logIn(gateway, PHONE)).body;
    const next = (await refresh(gateway, login.refresh_token)).body;
    ports.failOn((_, method) => method === "write");
    expect((await me(gateway, next.access_token)).status, "after the answer").toBe(200);
    await gateway.runtime.settle();
    expect((await refreshLife(gateway)).receivedAt).toBeNull();
    ports.heal();
    await received(gateway, next.access_token);
    expect((await refreshLife(gateway)).receivedAt).toBe(START);
  });

  test("a refresh token shown after the grace is a theft: the session ends and its device is forgotten", async () => {
    const { gateway, login } = await loggedIn();
    const next = (await refresh(gateway, login.refresh_token)).body;
    await received(gateway, next.access_token);
    gateway.clock.advance(10 * SECOND + 1);
    const reused = await refresh(gateway, login.refresh_token);
    expectOauthError(reused, 400, "invalid_grant", "refresh-reused");
    expect(auditOf(gateway)).toContain("session.reused");
    const dead = await refresh(gateway, next.refresh_token);
    expectOauthError(dead, 400, "invalid_grant", "token-invalid");
    expectProblem(await me(gateway, next.access_token), 401, "token-invalid");
    await expectUnknownDevice(gateway, login.device_token);
  });

  test("a refresh token shown after its successor was used is a theft, within the grace as well", async () => {
    const { gateway, login } = await loggedIn();
    const second = (await refresh(gateway, login.refresh_token)).body;
    const third = (await refresh(gateway, second.refresh_token)).body;
    const reused = await refresh(gateway, login.refresh_token);
    expectOauthError(reused, 400, "invalid_grant", "refresh-reused");
    const dead = await refresh(gateway, third.refresh_token);
    expectOauthError(dead, 400, "invalid_grant", "token-invalid");
  });

  test("a refresh token repeated is counted and confirmed as a turn is", async () => {
    const { gateway, login } = await loggedIn({ LIMIT_TOKEN_PER_SESSION: "3/10m" });
    for (let times = 0; times < 3; times++) {
      expect((await refresh(gateway, login.refresh_token)).status).toBe(200);
    }
    expect((await refresh(gateway, login.refresh_token)).body.code).toBe("rate-limited");
    const other = await loggedIn();
    await refresh(other.gateway, other.login.refresh_token);
    other.gateway.file.sql.run(
      "UPDATE customers_v2 SET doc = json_set(doc, '$.status', 'stopped')",
    );
    const stopped = await refresh(other.gateway, other.login.refresh_token);
    expectOauthError(stopped, 400, "invalid_grant", "customer-stopped");
  });

  test("a refresh token of one session that is stolen leaves the user's other sessions alone", async () => {
    const { gateway, login } = await loggedIn();
    const other = (await logIn(gateway, PHONE)).body;
    const next = (await refresh(gateway, login.refresh_token)).body;
    await received(gateway, next.access_token);
    gateway.clock.advance(11 * SECOND);
    expect((await refresh(gateway, login.refresh_token)).body.code).toBe("refresh-reused");
    expect((await refresh(gateway, other.refresh_token)).status).toBe(200);
  });

  test("a refresh token has no grace where REFRESH_GRACE is 0s, but for the same instant", async () => {
    const { gateway, login } = await loggedIn({ REFRESH_GRACE: "0s" });
    const next = (await refresh(gateway, login.refresh_token)).body;
    await received(gateway, next.access_token);
    gateway.clock.advance(1);
    const again = await refresh(gateway, login.refresh_token);
    expectOauthError(again, 400, "invalid_grant", "refresh-reused");
  });
});

describe("a session", () => {
  test("a session ends when it is not used for thirty days, to the millisecond", async () => {
    const { gateway, login } = await loggedIn();
    expect(login.refresh_expires_in).toBe(30 * 86_400);
    gateway.clock.advance(30 * DAY - 1);
    const next = await refresh(gateway, login.refresh_token);
    expect(next.body.refresh_expires_in).toBe(30 * 86_400);
    gateway.clock.advance(30 * DAY);
    const late = await refresh(gateway, next.body.refresh_token);
    expectOauthError(late, 400, "invalid_grant", "token-invalid");
  });

  test("a session ends ninety days after its login, however it is used", async () => {
    const { gateway, login } = await loggedIn();
    let { body } = await refresh(gateway, login.refresh_token);
    for (let day = 0; day < 89; day++) {
      gateway.clock.advance(DAY);
      ({ body } = await refresh(gateway, body.refresh_token));
    }
    expect(body.refresh_expires_in).toBe(86_400);
    gateway.clock.advance(DAY - 1);
    ({ body } = await refresh(gateway, body.refresh_token));
    expect(body.refresh_expires_in).toBe(1);
    gateway.clock.advance(1);
    const late = await refresh(gateway, body.refresh_token);
    expectOauthError(late, 400, "invalid_grant", "token-invalid");
    expectProblem(await me(gateway, body.access_token), 401, "token-invalid");
  });
});

describe("a store that is down at the refresh costs nobody the session", () => {
  test.each(["directory", "state"])(
    "a store that is down at the refresh costs nobody the session: %s",
    async (store) => {
      const ports = faults();
      const gateway = await testGateway({ documents, ...ports.options });
      const login = (await logIn(gateway, PHONE)).body;
      ports.failOn((port) => port === store);
      for (let tries = 0; tries < 3; tries++) {
        expect((await refresh(gateway, login.refresh_token)).status).toBe(503);
        gateway.clock.advance(60 * SECOND);
      }
      ports.heal();
      expect((await refresh(gateway, login.refresh_token)).status).toBe(200);
    },
  );

  test("a store that is down at the refresh costs nobody the session state, just when the new generation should be written", async () => {
    const ports = faults();
    const gateway = await testGateway({ documents, ...ports.options });
    const login = (await logIn(gateway, PHONE)).body;
    ports.failOn((_, method) => method === "write");
    expect((await refresh(gateway, login.refresh_token)).status).toBe(503);
    ports.heal();
    gateway.clock.advance(60 * SECOND);
    expect((await refresh(gateway, login.refresh_token)).status).toBe(200);
  });
});

/** The phone's common budget is spent, so only a known device gets a code. */
async function expectUnknownDevice(gateway: TestGateway, deviceToken: string): Promise<void> {
  while ((await logIn(gateway, PHONE)).status === 200);
  expect((await logIn(gateway, PHONE, { deviceToken })).status).toBe(429);
}
