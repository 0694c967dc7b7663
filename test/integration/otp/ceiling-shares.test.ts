import { describe, expect, test } from "vitest";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { customer } from "../../cases-extra/people.ts";
import {
  askForCode,
  challengeFor,
  logIn,
  resend,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { BEHIND_A_PROXY, comeFrom } from "../../support/gateway/come-from.ts";
import { dateClock } from "../../support/gateway/date-clock.ts";
import { type TestOptions, testGateway } from "../../support/gateway/test-gateway.ts";

/** Which events take a share of the service's ceilings. No test here settles between two events. */

const L = 20;
const OWNER = "9876500001";
const TEST_PHONE = "9000000001";
const TEST_CODE = "246810";
const phoneOf = (n: number): string => `98765${10_000 + n}`;
/** Each in a network of its own. */
const addressOf = (n: number): string => `203.0.${n}.7`;
const customers_v2 = [
  customer("c-owner", OWNER),
  customer("c-demo", "9876500077"),
  ...Array.from({ length: 70 }, (_, n) => customer(`c-${n}`, phoneOf(n))),
];

const guarded = (env: Readonly<Record<string, string>>, options: TestOptions = {}) =>
  testGateway({
    clock: dateClock(),
    documents: { customers_v2 },
    ...options,
    env: { ...BEHIND_A_PROXY, ...env },
  });

const TRIES = { LIMIT_FAILURES_PER_SERVICE: `${L}/1m` };
const REQUESTS = { LIMIT_SENDS_PER_SERVICE: `${L}/1m` };

const isLoud = ({ lines }: { readonly lines: readonly string[] }): boolean =>
  lines.some((line) => line.includes("ceiling-reached"));

/** Fills the window of tries: wrong codes from as many networks as the ceiling has tries. */
async function fillTries(gateway: Awaited<ReturnType<typeof guarded>>): Promise<void> {
  for (let n = 0; n < L; n++) {
    const from = comeFrom(addressOf(n), gateway);
    const { challenge_id, code } = await challengeFor(from, phoneOf(n));
    expect((await verify(from, challenge_id, wrongFor(code))).status).toBe(400);
  }
}

describe("a try that counts no wrong code", () => {
  test("200 tries at once on used challenges, from as many networks, refuse no stranger", async () => {
    const gateway = await guarded(TRIES);
    const used = await challengeFor(gateway, phoneOf(1));
    expect((await verify(gateway, used.challenge_id, used.code)).status).toBe(200);
    gateway.clock.advance(10 * 60_000);
    const open = await challengeFor(gateway, phoneOf(2));
    const attack = Array.from({ length: 200 }, (_, n) =>
      verify(comeFrom(addressOf(n), gateway), used.challenge_id, "100000"),
    );
    const owner = verify(comeFrom("192.0.2.9", gateway), open.challenge_id, open.code);
    expect((await owner).status).toBe(200);
    for (const { status } of await Promise.all(attack)) expect(status).toBe(400);
    expect(isLoud(gateway)).toBe(false);
  });

  test("tries on a locked phone take no share", async () => {
    const gateway = await guarded({ ...TRIES, OTP_FAILURES_PER_PHONE: "5" });
    const { challenge_id } = await challengeFor(gateway, phoneOf(1));
    const attacker = comeFrom(addressOf(1), gateway);
    for (let n = 0; n < 5; n++) await verify(attacker, challenge_id, "100000");
    for (let n = 0; n < 60; n++) {
      const locked = await verify(comeFrom(addressOf(n), gateway), challenge_id, "100000");
      expect(locked.status).toBe(429);
    }
    await fillTriesUpTo(gateway, L - 5);
    expect(isLoud(gateway)).toBe(false);
  });

  test("50 wrong codes at once on one challenge keep five shares, as it has five tries", async () => {
    const gateway = await guarded({ LIMIT_FAILURES_PER_SERVICE: "60/1m" });
    const { challenge_id, code } = await challengeFor(gateway, phoneOf(1));
    const tries = Array.from({ length: 50 }, (_, n) =>
      verify(comeFrom(addressOf(n), gateway), challenge_id, wrongFor(code)),
    );
    const statuses = (await Promise.all(tries)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 400)).toHaveLength(5);
    await fillTriesUpTo(gateway, 50);
    expect(isLoud(gateway)).toBe(false);
  });

  test("60 owners with right codes, one after the other, keep no share", async () => {
    const gateway = await guarded(TRIES);
    const open = [];
    for (let n = 0; n < 3 * L; n++) open.push(await challengeFor(gateway, phoneOf(n)));
    for (const [n, { challenge_id, code }] of open.entries()) {
      const answer = await verify(comeFrom(addressOf(n), gateway), challenge_id, code);
      expect(answer.status, `owner ${n}`).toBe(200);
    }
    expect(isLoud(gateway)).toBe(false);
  });
});

async function fillTriesUpTo(
  gateway: Awaited<ReturnType<typeof guarded>>,
  count: number,
): Promise<void> {
  for (let n = 0; n < count; n++) {
    const from = comeFrom(addressOf(100 + n), gateway);
    const { challenge_id, code } = await challengeFor(from, phoneOf(20 + n));
    expect((await verify(from, challenge_id, wrongFor(code))).status, `try ${n}`).toBe(400);
  }
}

describe("a known device's own lane", () => {
  test("a known device's own lane is tried in a full window, and raises no alarm", async () => {
    const gateway = await guarded(TRIES);
    const home = comeFrom("192.0.2.10", gateway);
    const device_token: string = (await logIn(home, OWNER)).body.device_token;
    const { challenge_id, code } = await challengeFor(home, OWNER, { device_token });
    await fillTries(gateway);
    const away = comeFrom(addressOf(150), gateway);
    expect((await verify(away, challenge_id, wrongFor(code))).status).toBe(400);
    expect((await verify(away, challenge_id, code)).status).toBe(200);
    expect(isLoud(gateway)).toBe(false);
  });

  test("a known device's own lane resends in a full window, and raises no alarm", async () => {
    const gateway = await guarded(REQUESTS);
    const home = comeFrom("192.0.2.10", gateway);
    const device_token: string = (await logIn(home, OWNER)).body.device_token;
    const { challenge_id } = await challengeFor(home, OWNER, { device_token });
    for (let n = 0; n < L - 1; n++) await askForCode(comeFrom(addressOf(n), gateway), phoneOf(n));
    const away = comeFrom(addressOf(150), gateway);
    expect((await resend(away, challenge_id, { channel: "call" })).status).toBe(202);
    expect(isLoud(gateway)).toBe(false);
  });
});

describe("a test phone", () => {
  const TEST_PHONES = { TEST_PHONES: `+91${TEST_PHONE}:${TEST_CODE}:2026-12-15:c-demo` };

  test("a test phone is served while both ceilings are full", async () => {
    const gateway = await guarded({ ...TRIES, ...REQUESTS, ...TEST_PHONES });
    await fillTries(gateway);
    const reviewer = comeFrom(addressOf(150), gateway);
    expect((await askForCode(reviewer, phoneOf(60))).status, "the ceiling is full").toBe(503);
    const asked = await askForCode(reviewer, TEST_PHONE);
    expect(asked.status).toBe(202);
    const again = await resend(reviewer, asked.body.challenge_id, { channel: "call" });
    expect(again.status).toBe(202);
    expect((await verify(reviewer, asked.body.challenge_id, TEST_CODE)).status).toBe(200);
  });

  test("a test phone takes no share: 60 requests and wrong codes for it leave the window to strangers", async () => {
    const gateway = await guarded({ ...TRIES, ...REQUESTS, ...TEST_PHONES });
    const answers: number[] = [];
    for (let n = 0; n < 60; n++) {
      const from = comeFrom(addressOf(n), gateway);
      const { body } = await askForCode(from, TEST_PHONE);
      answers.push((await verify(from, body.challenge_id, "100000")).status);
    }
    const stranger = comeFrom(addressOf(150), gateway);
    const open = await challengeFor(stranger, phoneOf(1));
    expect((await verify(stranger, open.challenge_id, wrongFor(open.code))).status).toBe(400);
    // Its guesses are no freer for that: 20 in a row lock it, from however many networks.
    expect(answers.filter((status) => status === 400)).toHaveLength(20);
  });
});

describe("an event that a failing store cut short", () => {
  test("an event that a failing store cut short gives its share back: 60 of them leave the windows to strangers", async () => {
    let isDown = false;
    const gateway = await guarded(
      { ...TRIES, ...REQUESTS },
      {
        wrapState: (state) => ({
          ...state,
          write: (key, value, options) => {
            if (!isDown) return state.write(key, value, options);
            throw new AdapterError("state", "write", "unavailable", { cause: undefined });
          },
        }),
      },
    );
    const open = await challengeFor(gateway, phoneOf(1));
    isDown = true;
    for (let n = 0; n < 3 * L; n++) {
      const from = comeFrom(addressOf(n), gateway);
      expect((await askForCode(from, phoneOf(2))).status).toBe(503);
      expect((await verify(from, open.challenge_id, wrongFor(open.code))).status).toBe(503);
    }
    isDown = false;
    const stranger = comeFrom(addressOf(150), gateway);
    expect((await askForCode(stranger, phoneOf(2))).status).toBe(202);
    expect((await verify(stranger, open.challenge_id, wrongFor(open.code))).status).toBe(400);
    expect(isLoud(gateway)).toBe(false);
  });
});
