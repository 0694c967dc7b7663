import { describe, expect, test } from "vitest";
import {
  type Answer,
  askForCode,
  bearer,
  call,
  claimsOf,
  logIn,
  refresh,
} from "../../support/gateway/client.ts";
import {
  ask,
  audited,
  lock,
  OTHER,
  openDoor,
  PHONE,
  RARE,
} from "../../support/gateway/operator-door.ts";
import { recorder } from "../../support/gateway/recorder.ts";
import type { TestGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem } from "../http/expect-problem.ts";

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
