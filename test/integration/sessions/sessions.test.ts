import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  askForCode,
  bearer,
  call,
  claimsOf,
  logIn,
  newestCode,
  refresh,
  send,
} from "../../support/gateway/client.ts";
import { START, type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectOauthError, expectProblem } from "../http/expect-problem.ts";

const PHONE = "9876500001";
const DAY = 86_400_000;
const newGateway = () =>
  testGateway({
    // `isKnown` spends what is left of it.
    env: { OTP_SENDS_PER_PHONE: "20/1h" },
    documents: { customers_v2: [customer("c-1", PHONE), customer("c-2", "9876500002")] },
  });

interface Login {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly device_token: string;
}

/** Logs in from as many devices, a minute apart. */
async function devices(gateway: TestGateway, count: number): Promise<Login[]> {
  const logins: Login[] = [];
  for (let device = 0; device < count; device++) {
    logins.push((await logIn(gateway, PHONE)).body);
    gateway.clock.advance(60_000);
  }
  return logins;
}

const as = (gateway: TestGateway, { access_token }: Login, method: string, path: string) =>
  call(gateway, method, path, undefined, bearer(access_token));
const sidOf = ({ access_token }: Login): string => claimsOf(access_token)["sid"] as string;

async function expectEnded(gateway: TestGateway, login: Login): Promise<void> {
  expectProblem(await as(gateway, login, "GET", "/auth/me"), 401, "token-invalid");
  expectProblem(await as(gateway, login, "GET", "/auth/sessions"), 401, "token-invalid");
  const refused = await refresh(gateway, login.refresh_token);
  expectOauthError(refused, 400, "invalid_grant", "token-invalid");
}

async function expectAlive(gateway: TestGateway, login: Login): Promise<void> {
  expect((await as(gateway, login, "GET", "/auth/me")).status).toBe(200);
}

/** Whether the device has a lane of its own while the phone's is spent. */
async function isKnown(gateway: TestGateway, { device_token }: Login): Promise<boolean> {
  while ((await askForCode(gateway, PHONE)).status === 202) gateway.clock.advance(1);
  return (await askForCode(gateway, PHONE, { device_token })).status === 202;
}

describe("the list of sessions", () => {
  test("the list of sessions says what a person needs to tell them apart, and no secret", async () => {
    const gateway = await newGateway();
    const asked = await askForCode(gateway, PHONE);
    const login = await send(gateway, "/auth/otp/verify", {
      method: "POST",
      headers: { "content-type": "application/json", "user-agent": "Firefox ".repeat(50) },
      body: JSON.stringify({
        challenge_id: asked.body.challenge_id,
        code: newestCode(gateway, PHONE),
      }),
    });
    gateway.clock.advance(60_000);
    const [second] = (await devices(gateway, 1)) as [Login];
    gateway.clock.advance(60_000);
    const current = (await refresh(gateway, second.refresh_token)).body;
    const { body, headers, status } = await as(gateway, current, "GET", "/auth/sessions");
    const iso = (ms: number) => new Date(START + ms).toISOString();
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    const common = { client_id: "doorstep" };
    expect(body.sessions).toEqual([
      {
        ...common,
        sid: sidOf(login.body),
        current: false,
        user_agent: "Firefox ".repeat(15),
        created_at: iso(0),
        last_used_at: iso(0),
        expires_at: iso(30 * DAY),
      },
      {
        ...common,
        sid: sidOf(second),
        current: true,
        user_agent: "",
        created_at: iso(60_000),
        last_used_at: iso(180_000),
        expires_at: iso(180_000 + 30 * DAY),
      },
    ]);
  });

  test("the list of sessions holds ten: an eleventh login ends the oldest", async () => {
    const gateway = await newGateway();
    const [oldest, ...others] = (await devices(gateway, 11)) as [Login, ...Login[]];
    await expectEnded(gateway, oldest);
    for (const login of others) await expectAlive(gateway, login);
    const newest = others[9] as Login;
    const { body } = await as(gateway, newest, "GET", "/auth/sessions");
    expect(body.sessions.map(({ sid }: { sid: string }) => sid)).toEqual(others.map(sidOf));
  });

  test("the list of sessions leaves out what has expired", async () => {
    const gateway = await newGateway();
    await devices(gateway, 2);
    gateway.clock.advance(30 * DAY);
    const [later] = (await devices(gateway, 1)) as [Login];
    const { body } = await as(gateway, later, "GET", "/auth/sessions");
    expect(body.sessions).toHaveLength(1);
  });

  test("the list of sessions has one entry for a device that logs in again", async () => {
    const gateway = await newGateway();
    const [first] = (await devices(gateway, 1)) as [Login];
    const again = (await logIn(gateway, PHONE, { deviceToken: first.device_token })).body;
    const { body } = await as(gateway, again, "GET", "/auth/sessions");
    expect(body.sessions).toHaveLength(1);
    await expectEnded(gateway, first);
  });
});

describe("ending sessions", () => {
  test("log-out ends this one; the device stays known", async () => {
    const gateway = await newGateway();
    const [one, two] = (await devices(gateway, 2)) as [Login, Login];
    const answer = await as(gateway, one, "POST", "/auth/logout");
    expect([answer.status, answer.body]).toEqual([204, ""]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    await expectEnded(gateway, one);
    await expectAlive(gateway, two);
    expect(await isKnown(gateway, one)).toBe(true);
  });

  test("one session of the list can be ended; its device is forgotten", async () => {
    const gateway = await newGateway();
    const [lost, mine] = (await devices(gateway, 2)) as [Login, Login];
    const path = `/auth/sessions/${sidOf(lost)}`;
    expect((await as(gateway, mine, "DELETE", path)).status).toBe(204);
    await expectEnded(gateway, lost);
    await expectAlive(gateway, mine);
    expectProblem(await as(gateway, mine, "DELETE", path), 404, "not-found");
    expect(await isKnown(gateway, lost)).toBe(false);
    expect(await isKnown(gateway, mine)).toBe(true);
  });

  test("all sessions can be ended at once; every device is forgotten", async () => {
    const gateway = await newGateway();
    const logins = await devices(gateway, 4);
    const refreshed = (await refresh(gateway, logins[0]?.refresh_token ?? "")).body;
    const [, second] = logins as [Login, Login];
    expect((await as(gateway, second, "DELETE", "/auth/sessions")).status).toBe(204);
    for (const login of [...logins, refreshed]) await expectEnded(gateway, login);
    for (const login of logins) expect(await isKnown(gateway, login)).toBe(false);
  });

  test("a code that was used before everything was ended stays used", async () => {
    const gateway = await newGateway();
    const { challenge_id } = (await askForCode(gateway, PHONE)).body;
    const show = () =>
      call(gateway, "POST", "/auth/otp/verify", { challenge_id, code: newestCode(gateway, PHONE) });
    const login = (await show()).body;
    expect((await as(gateway, login, "DELETE", "/auth/sessions")).status).toBe(204);
    expectProblem(await show(), 400, "otp-rejected");
  });

  test("another user's sessions are neither seen nor ended", async () => {
    const gateway = await newGateway();
    const [mine] = (await devices(gateway, 1)) as [Login];
    const theirs = (await logIn(gateway, "9876500002")).body;
    const path = `/auth/sessions/${sidOf(mine)}`;
    expectProblem(await as(gateway, theirs, "DELETE", path), 404, "not-found");
    expect((await as(gateway, theirs, "DELETE", "/auth/sessions")).status).toBe(204);
    await expectAlive(gateway, mine);
  });
});

test("a token in the URL or in a body is none: URLs stand in histories, logs and `Referer`", async () => {
  const gateway = await newGateway();
  const { access_token } = (await logIn(gateway, PHONE)).body;
  for (const path of [`/auth/me?access_token=${access_token}`, `/auth/me?token=${access_token}`]) {
    expectProblem(await call(gateway, "GET", path), 401, "token-missing");
  }
  const inBody = await call(gateway, "POST", "/auth/logout", { access_token });
  expectProblem(inBody, 401, "token-missing");
  expect((await call(gateway, "GET", "/auth/me", undefined, bearer(access_token))).status).toBe(
    200,
  );
});
