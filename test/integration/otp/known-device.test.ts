import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  askForCode,
  challengeFor,
  logIn,
  newestCode,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import {
  type TestGateway,
  type TestOptions,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import { expectProblem, retryAfter } from "../http/expect-problem.ts";
import { change } from "../linking/sqlite-world.ts";

const PHONE = "9876500001";
const OTHER = "9876500002";
const NOBODYS = "9876599999";
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const documents = { customers_v2: [customer("c-1", PHONE), customer("c-2", OTHER)] };

/** The owner of PHONE has logged in once, an hour ago, from a device that is known since. */
async function withOwner(options: TestOptions = {}) {
  const gateway = await testGateway({ documents, ...options });
  const owner = (await logIn(gateway, PHONE)).body;
  gateway.clock.advance(60 * MINUTE);
  return { gateway, deviceToken: owner.device_token as string };
}

/** Spends every code that the phone's common lane has. */
async function burn(gateway: TestGateway, phone = PHONE): Promise<void> {
  for (let sends = 0; sends < 3; sends++) {
    expect((await askForCode(gateway, phone)).status).toBe(202);
  }
  expectProblem(await askForCode(gateway, phone), 429, "rate-limited");
}

/** Guesses, by the common lane, until the phone is locked. */
async function lock(gateway: TestGateway, phone = PHONE): Promise<void> {
  for (let challenges = 0; challenges < 4; challenges++) {
    const { challenge_id, code } = await challengeFor(gateway, phone);
    for (let tries = 0; tries < 5; tries++) await verify(gateway, challenge_id, wrongFor(code));
    gateway.clock.advance(20 * MINUTE);
  }
  expect(retryAfter(await askForCode(gateway, phone))).toBeGreaterThan(80_000);
}

/** Whether the token opens a lane while the common one is spent. */
const opensLane = async (gateway: TestGateway, phone: string, device_token: string) =>
  (await askForCode(gateway, phone, { device_token })).status === 202;

/**
 * The lane is chosen by the user's record alone, before the look-up. So the first answer is as for the
 * owner; but no message is sent, the code stays a decoy, and the device is forgotten.
 */
async function expectForgotten(gateway: TestGateway, device_token: string): Promise<void> {
  const before = gateway.outbox.latest().length;
  expect(await opensLane(gateway, PHONE, device_token)).toBe(true);
  expect(gateway.outbox.latest()).toHaveLength(before);
  expect(await opensLane(gateway, PHONE, device_token)).toBe(false);
}

describe("the owner's known device", () => {
  test("the owner's known device gets a code and logs in although a stranger spent the phone's budget", async () => {
    const { deviceToken, gateway } = await withOwner();
    await burn(gateway);
    const owner = await logIn(gateway, PHONE, { deviceToken });
    expect(owner.status).toBe(200);
    expect(owner.body).toMatchObject({ device_token: deviceToken, first_login: false });
  });

  test("the owner's known device gets a code and logs in although a stranger locked the phone", async () => {
    const { deviceToken, gateway } = await withOwner();
    await lock(gateway);
    expect((await logIn(gateway, PHONE, { deviceToken })).status).toBe(200);
    expect((await logIn(gateway, PHONE)).status, "the lock stands for the others").toBe(429);
  });

  test("the owner's known device keeps its challenge while a stranger opens more than three", async () => {
    const { deviceToken, gateway } = await withOwner({
      env: { OTP_SENDS_PER_PHONE: "1000/1h" },
    });
    const mine = await challengeFor(gateway, PHONE, { device_token: deviceToken });
    for (let others = 0; others < 30; others++) await askForCode(gateway, PHONE);
    expect((await verify(gateway, mine.challenge_id, mine.code)).status).toBe(200);
  });

  test("the owner's known device has a budget of its own, which it cannot exceed", async () => {
    const { deviceToken, gateway } = await withOwner();
    for (let sends = 0; sends < 3; sends++) {
      expect(await opensLane(gateway, PHONE, deviceToken)).toBe(true);
    }
    const refused = await askForCode(gateway, PHONE, { device_token: deviceToken });
    expectProblem(refused, 429, "rate-limited");
    expect(retryAfter(refused)).toBe(600);
    expect((await askForCode(gateway, PHONE)).status, "the common lane is untouched").toBe(202);
  });

  test("the owner's known device has counters of its own: its wrong codes lock its lane, not the phone", async () => {
    const { deviceToken, gateway } = await withOwner({
      env: { OTP_SENDS_PER_DEVICE: "1000/1h" },
    });
    for (let challenges = 0; challenges < 4; challenges++) {
      const mine = await challengeFor(gateway, PHONE, { device_token: deviceToken });
      for (let left = 4; left >= 0; left--) {
        const answer = await verify(gateway, mine.challenge_id, wrongFor(mine.code));
        expectProblem(answer, 400, "otp-rejected", { attempts_remaining: left });
      }
    }
    const locked = await askForCode(gateway, PHONE, { device_token: deviceToken });
    expectProblem(locked, 429, "rate-limited");
    expect(retryAfter(locked)).toBe(86_400);
    expect((await logIn(gateway, PHONE)).status, "the common lane is open").toBe(200);
    gateway.clock.advance(DAY);
    expect((await logIn(gateway, PHONE, { deviceToken })).status).toBe(200);
  });

  test("the owner's known device stays known for 180 days after its last login", async () => {
    const { deviceToken, gateway } = await withOwner();
    gateway.clock.advance(179 * DAY);
    await burn(gateway);
    expect((await logIn(gateway, PHONE, { deviceToken })).status).toBe(200);
    gateway.clock.advance(90 * DAY);
    expect((await logIn(gateway, PHONE)).status, "another device, known for longer").toBe(200);
    gateway.clock.advance(90 * DAY - 1);
    await burn(gateway);
    expect(await opensLane(gateway, PHONE, deviceToken)).toBe(true);
    gateway.clock.advance(1);
    expect(await opensLane(gateway, PHONE, deviceToken)).toBe(false);
  });
});

describe("a device token falls silently to the common lane when it is", () => {
  test("a device token falls silently to the common lane when it is forged or flipped", async () => {
    const { deviceToken, gateway } = await withOwner();
    await burn(gateway);
    const middle = Math.floor(deviceToken.length / 2);
    const turned = String.fromCharCode(deviceToken.charCodeAt(middle) ^ 1);
    const flipped = deviceToken.slice(0, middle) + turned + deviceToken.slice(middle + 1);
    for (const token of ["", "x", "dsd_key.AAAA", flipped, deviceToken.slice(0, -1)]) {
      expect(await opensLane(gateway, PHONE, token), token).toBe(false);
    }
  });

  test("a device token falls silently to the common lane when it is another customer's, for another phone, in both directions", async () => {
    const { deviceToken, gateway } = await withOwner();
    const other = (await logIn(gateway, OTHER)).body.device_token;
    gateway.clock.advance(DAY);
    await burn(gateway);
    await burn(gateway, OTHER);
    await burn(gateway, NOBODYS);
    expect(await opensLane(gateway, PHONE, other)).toBe(false);
    expect(await opensLane(gateway, OTHER, deviceToken)).toBe(false);
    expect(await opensLane(gateway, NOBODYS, deviceToken)).toBe(false);
    expect(await opensLane(gateway, PHONE, deviceToken)).toBe(true);
  });

  test("a device token falls silently to the common lane when it is answered in no other way than no token at all", async () => {
    const { gateway } = await withOwner();
    const without = await askForCode(gateway, PHONE);
    const code = newestCode(gateway, PHONE);
    const withBad = await askForCode(gateway, PHONE, { device_token: "dsd_key.AAAA" });
    expect(Object.keys(withBad.body)).toEqual(Object.keys(without.body));
    expect(withBad.status).toBe(202);
    expect(newestCode(gateway, PHONE)).not.toBe(code);
  });

  test("a device token falls silently to the common lane when it is of a customer who has another phone now", async () => {
    const { deviceToken, gateway } = await withOwner();
    change(gateway.file, "customers_v2", "c-1", { phone: "9876500009" });
    change(gateway.file, "customers_v2", "c-2", { phone: PHONE });
    await burn(gateway);
    await expectForgotten(gateway, deviceToken);
  });

  test("a device token falls silently to the common lane when it is of a user to whom the customer is no longer linked", async () => {
    const { deviceToken, gateway } = await withOwner();
    change(gateway.file, "customers_v2", "c-1", { user_id: "somebody-else" });
    await burn(gateway);
    await expectForgotten(gateway, deviceToken);
  });
});
