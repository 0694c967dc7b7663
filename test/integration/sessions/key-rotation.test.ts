import { mkdtempSync, rmSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  bearer,
  call,
  challengeFor,
  logIn,
  newestCode,
  refresh,
  resend,
  verify,
} from "../../support/gateway/client.ts";
import { testClock, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem } from "../http/expect-problem.ts";

const PHONE = "9876500001";
const folder = mkdtempSync("/tmp/doorstep-rotation-");
afterAll(() => rmSync(folder, { recursive: true }));

const OLD = `old:${Buffer.alloc(32, 1).toString("base64")}`;
const NEW = `new:${Buffer.alloc(32, 2).toString("base64")}`;

/** One store; a gateway on it for each state of SECRET_KEYS, as nodes that are restarted one by one. */
async function rotation(name: string) {
  const clock = testClock();
  const withKeys = (SECRET_KEYS: string) =>
    testGateway({
      clock,
      path: `${folder}/${name}.db`,
      documents: { customers_v2: [customer("c-1", PHONE)] },
      env: { SECRET_KEYS },
    });
  return {
    clock,
    before: await withKeys(OLD),
    appended: await withKeys(`${OLD},${NEW}`),
    moved: await withKeys(`${NEW},${OLD}`),
    dropped: await withKeys(NEW),
  };
}

describe("when a key is appended to SECRET_KEYS and then moved to the front", () => {
  test("in a key rotation a code that is on its way still works, once", async () => {
    const { before, moved } = await rotation("code");
    const { challenge_id, code } = await challengeFor(before, PHONE);
    expect((await verify(moved, challenge_id, code)).status).toBe(200);
    expectProblem(await verify(before, challenge_id, code), 400, "otp-rejected");
  });

  test("in a key rotation a resend by a node with the new key brings the same code", async () => {
    const { before, clock, moved } = await rotation("resend");
    const { challenge_id, code } = await challengeFor(before, PHONE);
    clock.advance(30_000);
    expect((await resend(moved, challenge_id)).body.challenge_id).toBe(challenge_id);
    await moved.runtime.settle();
    expect(newestCode(moved, PHONE)).toBe(code);
  });

  test("in a key rotation a new code is understood by nodes that are not restarted yet", async () => {
    const { appended, moved } = await rotation("staged");
    const { challenge_id, code } = await challengeFor(moved, PHONE);
    expect((await verify(appended, challenge_id, code)).status).toBe(200);
  });

  test("in a key rotation a session lives on, and moves to the new key at its next refresh", async () => {
    const { appended, before, dropped, moved } = await rotation("session");
    const login = (await logIn(before, PHONE)).body;
    expect(login.refresh_token).toMatch(/^dsr_old\./);
    const next = await refresh(moved, login.refresh_token);
    expect(next.body.refresh_token).toMatch(/^dsr_new\./);
    const again = await refresh(appended, login.refresh_token);
    expect(again.body.refresh_token).toBe(next.body.refresh_token);
    expect((await refresh(dropped, next.body.refresh_token)).status).toBe(200);
    const me = await call(dropped, "GET", "/auth/me", undefined, bearer(next.body.access_token));
    expect(me.status).toBe(200);
  });

  test("in a key rotation a known device stays known, and moves to the new key at its next login", async () => {
    const { before, dropped, moved } = await rotation("device");
    const { device_token } = (await logIn(before, PHONE)).body;
    for (let sends = 0; sends < 2; sends++) await challengeFor(before, PHONE);
    expect((await logIn(moved, PHONE)).status).toBe(429);
    const owner = await logIn(moved, PHONE, { deviceToken: device_token });
    expect(owner.body.device_token).toMatch(/^dsd_new\./);
    expect((await logIn(dropped, PHONE, { deviceToken: device_token })).status).toBe(429);
    const later = await logIn(dropped, PHONE, { deviceToken: owner.body.device_token });
    expect(later.body.device_token).toBe(owner.body.device_token);
  });

  test("in a key rotation the budget of the phone is not refilled", async () => {
    const { appended, before, moved } = await rotation("budget");
    for (const gateway of [before, appended, moved]) await challengeFor(gateway, PHONE);
    for (const gateway of [before, appended, moved]) {
      expect((await logIn(gateway, PHONE)).body.code).toBe("rate-limited");
    }
  });

  test("in a key rotation what an old key made is nothing once that key is gone", async () => {
    const { before, dropped } = await rotation("dropped");
    const { challenge_id, code } = await challengeFor(before, PHONE);
    const login = (await logIn(before, PHONE)).body;
    expectProblem(await verify(dropped, challenge_id, code), 400, "otp-rejected");
    expect((await refresh(dropped, login.refresh_token)).body.error).toBe("invalid_grant");
  });
});
