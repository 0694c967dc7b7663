import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  askForCode,
  challengeFor,
  resend,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem, retryAfter } from "../http/expect-problem.ts";
import { trueCodeOf } from "./decoy-code.ts";

const PHONE = "9876500001";
const STRANGER = "9876599999";
const HOUR = 3_600_000;
const DAY_SECONDS = 86_400;
const options = {
  documents: { customers_v2: [customer("c-1", PHONE)] },
  env: { OTP_SENDS_PER_PHONE: "1000/1h" },
};

/** Shows wrong codes, five a challenge. @returns the last challenge */
async function fail(gateway: TestGateway, times: number, phone = PHONE): Promise<string> {
  let id = "";
  for (let done = 0; done < times; done++) {
    if (done % 5 === 0) id = (await askForCode(gateway, phone)).body.challenge_id;
    const wrong = wrongFor(await trueCodeOf(gateway, id));
    const answer = await verify(gateway, id, wrong);
    expectProblem(answer, 400, "otp-rejected", { attempts_remaining: 4 - (done % 5) });
  }
  return id;
}

describe("twenty wrong codes in a row", () => {
  test.each([PHONE, STRANGER])(
    "twenty wrong codes in a row lock %s for 24 hours, to the millisecond",
    async (phone) => {
      const gateway = await testGateway(options);
      await fail(gateway, 20, phone);
      const locked = await askForCode(gateway, phone);
      expectProblem(locked, 429, "rate-limited");
      expect(retryAfter(locked)).toBe(DAY_SECONDS);
      gateway.clock.advance(24 * HOUR - 1);
      expect(retryAfter(await askForCode(gateway, phone))).toBe(1);
      gateway.clock.advance(1);
      expect((await askForCode(gateway, phone)).status).toBe(202);
    },
  );

  test("twenty wrong codes in a row lock the challenges that are still open, for the right code as well", async () => {
    const gateway = await testGateway(options);
    await fail(gateway, 15);
    const open = await challengeFor(gateway, PHONE);
    await fail(gateway, 5);
    const { challenge_id, code } = open;
    const verified = await verify(gateway, challenge_id, code);
    expectProblem(verified, 429, "rate-limited");
    expect(retryAfter(verified)).toBe(DAY_SECONDS);
    expectProblem(await resend(gateway, challenge_id, { channel: "call" }), 429, "rate-limited");
  });

  test("twenty wrong codes in a row need not fall on one day", async () => {
    const gateway = await testGateway(options);
    for (let day = 0; day < 4; day++) {
      await fail(gateway, 5);
      gateway.clock.advance(24 * HOUR);
    }
    expect((await askForCode(gateway, PHONE)).status).toBe(202);
    const other = await testGateway(options);
    for (let day = 0; day < 3; day++) {
      await fail(other, 5);
      other.clock.advance(24 * HOUR);
    }
    await fail(other, 5);
    expectProblem(await askForCode(other, PHONE), 429, "rate-limited");
  });

  test("twenty wrong codes in a row lock that phone and no other", async () => {
    const gateway = await testGateway(options);
    await fail(gateway, 20);
    expect((await askForCode(gateway, STRANGER)).status).toBe(202);
  });

  test("twenty wrong codes in a row are counted anew after a success", async () => {
    const gateway = await testGateway(options);
    await failAndLogIn(gateway);
    await fail(gateway, 20);
    expectProblem(await askForCode(gateway, PHONE), 429, "rate-limited");
  });

  test("twenty wrong codes in a row are 50 a day at most, however often a success forgives them", async () => {
    const gateway = await testGateway(options);
    await failAndLogIn(gateway);
    gateway.clock.advance(HOUR);
    await failAndLogIn(gateway);
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    await fail(gateway, 12);
    expectProblem(await verify(gateway, challenge_id, code), 429, "rate-limited");
    expectProblem(await askForCode(gateway, PHONE), 429, "rate-limited");
    gateway.clock.advance(23 * HOUR - 1);
    expectProblem(await askForCode(gateway, PHONE), 429, "rate-limited");
    gateway.clock.advance(1);
    expect((await askForCode(gateway, PHONE)).status).toBe(202);
  });

  async function failAndLogIn(gateway: TestGateway): Promise<void> {
    await fail(gateway, 19);
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    expect((await verify(gateway, challenge_id, code)).status).toBe(200);
  }

  test("twenty wrong codes in a row of one challenge after the lock is over lock it again", async () => {
    const gateway = await testGateway(options);
    await fail(gateway, 20);
    gateway.clock.advance(24 * HOUR);
    await fail(gateway, 5);
    expectProblem(await askForCode(gateway, PHONE), 429, "rate-limited");
  });

  test("twenty wrong codes in a row leave the owner a challenge's worth of tries after the lock", async () => {
    const gateway = await testGateway(options);
    await fail(gateway, 20);
    gateway.clock.advance(24 * HOUR);
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    expectProblem(await verify(gateway, challenge_id, wrongFor(code)), 400, "otp-rejected", {
      attempts_remaining: 4,
    });
    expect((await verify(gateway, challenge_id, code)).status).toBe(200);
  });
});
