import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  askForCode,
  challengeFor,
  logIn,
  newestCode,
  resend,
  verify,
} from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem, retryAfter } from "../http/expect-problem.ts";

const PHONE = "9876500001";
const STRANGER = "9876599999";
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const documents = { customers_v2: [customer("c-1", PHONE)] };
const generous = { OTP_SENDS_PER_PHONE: "1000/1h", OTP_TTL: "8m" };

/** Every instant at which a code could be asked for, trying once a minute for a day. */
async function sendsOfADay(gateway: TestGateway, phone: string): Promise<number[]> {
  const minutes: number[] = [];
  for (let minute = 0; minute < 24 * 60; minute++) {
    if ((await askForCode(gateway, phone)).status === 202) minutes.push(minute);
    gateway.clock.advance(MINUTE);
  }
  return minutes;
}

describe("the waits of one challenge", () => {
  test("the waits of one challenge are 30, 60 and then 120 seconds on one channel, to the millisecond", async () => {
    const gateway = await testGateway({ documents, env: generous });
    const asked = await askForCode(gateway, PHONE);
    expect(asked.body.resend_in).toBe(30);
    for (const [wait, next] of [
      [30, 60],
      [60, 120],
      [120, 120],
      [120, 120],
    ] as const) {
      gateway.clock.advance(wait * SECOND - 1);
      const early = await resend(gateway, asked.body.challenge_id);
      expectProblem(early, 429, "rate-limited");
      expect(retryAfter(early)).toBe(1);
      gateway.clock.advance(1);
      const again = await resend(gateway, asked.body.challenge_id);
      expect(again.body).toMatchObject({ channel: "sms", resend_in: next });
    }
  });

  test("the waits of one challenge are each channel's own: the first send on another needs none", async () => {
    const gateway = await testGateway({ documents, env: generous });
    const { challenge_id } = await challengeFor(gateway, PHONE);
    for (const channel of ["whatsapp", "call"]) {
      const answer = await resend(gateway, challenge_id, { channel });
      expect(answer.status).toBe(202);
      expect(answer.body).toMatchObject({ channel, resend_in: 30 });
    }
    for (const channel of ["sms", "whatsapp", "call"]) {
      expectProblem(await resend(gateway, challenge_id, { channel }), 429, "rate-limited");
    }
    await gateway.runtime.settle();
    expect(gateway.outbox.latest().map(({ channel }) => channel)).toEqual([
      "call",
      "whatsapp",
      "sms",
    ]);
  });

  test("the waits of one challenge bring the same code and the same life, not a new one", async () => {
    const gateway = await testGateway({ documents });
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    gateway.clock.advance(2 * MINUTE);
    const again = await resend(gateway, challenge_id);
    await gateway.runtime.settle();
    expect(again.body).toEqual({
      challenge_id,
      channel: "sms",
      code_length: 6,
      expires_in: 180,
      resend_in: 60,
    });
    expect(gateway.outbox.latest().map((message) => message.code)).toEqual([code, code]);
    gateway.clock.advance(3 * MINUTE - 1);
    expect((await verify(gateway, challenge_id, code)).status).toBe(200);
  });

  test("a code is over after five minutes, to the millisecond", async () => {
    const gateway = await testGateway({ documents });
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    gateway.clock.advance(5 * MINUTE);
    expectProblem(await verify(gateway, challenge_id, code), 400, "otp-rejected");
    expectProblem(await resend(gateway, challenge_id), 400, "otp-rejected");
  });

  test("a resend on an unnamed channel goes by the last one", async () => {
    const gateway = await testGateway({ documents });
    const { challenge_id } = await challengeFor(gateway, PHONE, { channel: "call" });
    gateway.clock.advance(30 * SECOND);
    expect((await resend(gateway, challenge_id)).body.channel).toBe("call");
  });
});

describe("the budget of a phone", () => {
  test.each([PHONE, STRANGER])(
    "the budget of a phone is 3 in 10 minutes, 5 an hour, 10 a day: %s",
    async (phone) => {
      const gateway = await testGateway({ documents });
      const minutes = await sendsOfADay(gateway, phone);
      expect(minutes).toEqual([0, 1, 2, 10, 11, 60, 61, 62, 70, 71]);
    },
  );

  test("the budget of a phone tells the wait by whole windows: when others asked stays secret", async () => {
    const gateway = await testGateway({ documents });
    for (let sends = 0; sends < 3; sends++) await askForCode(gateway, PHONE);
    const refused = await askForCode(gateway, PHONE);
    expectProblem(refused, 429, "rate-limited");
    expect(retryAfter(refused)).toBe(600);
    gateway.clock.advance(10 * MINUTE - 1);
    expect(retryAfter(await askForCode(gateway, PHONE))).toBe(600);
    gateway.clock.advance(1);
    expect((await askForCode(gateway, PHONE)).status).toBe(202);
  });

  test("the budget of a phone is not refilled by a resend, another channel, a new challenge or a login", async () => {
    const gateway = await testGateway({ documents });
    const { challenge_id } = await challengeFor(gateway, PHONE);
    expect((await resend(gateway, challenge_id, { channel: "call" })).status).toBe(202);
    expect((await logIn(gateway, PHONE)).status).toBe(200);
    gateway.clock.advance(MINUTE);
    expectProblem(await askForCode(gateway, PHONE), 429, "rate-limited");
    const resent = await resend(gateway, challenge_id);
    expectProblem(resent, 429, "rate-limited");
    expect(retryAfter(resent)).toBe(10 * 60);
  });

  test("the budget of a phone is one for all spellings of the phone", async () => {
    const gateway = await testGateway({ documents });
    const spellings = [PHONE, `+91${PHONE}`, `0${PHONE}`, "98765 00001"];
    const statuses: number[] = [];
    for (const phone of spellings) statuses.push((await askForCode(gateway, phone)).status);
    expect(statuses).toEqual([202, 202, 202, 429]);
    expect((await askForCode(gateway, STRANGER)).status).toBe(202);
  });

  test("the budget of a phone holds for fifty requests at once", async () => {
    const gateway = await testGateway({ documents });
    const answers = await Promise.all(Array.from({ length: 50 }, () => askForCode(gateway, PHONE)));
    expect(answers.filter(({ status }) => status === 202)).toHaveLength(3);
    expect(answers.every(({ status }) => status === 202 || status === 429)).toBe(true);
    expect(gateway.outbox.latest()).toHaveLength(3);
  });

  test("the budget of a phone is shared by all nodes, and outlives a restart", async () => {
    const { mkdtempSync, rmSync } = await import("node:fs");
    const folder = mkdtempSync("/tmp/doorstep-budget-");
    const path = `${folder}/doorstep.db`;
    const one = await testGateway({ documents, path });
    const two = await testGateway({ path, clock: one.clock });
    for (const gateway of [one, two, one]) {
      expect((await askForCode(gateway, PHONE)).status).toBe(202);
    }
    expectProblem(await askForCode(two, PHONE), 429, "rate-limited");
    for (const { file } of [one, two]) file.close();
    const restarted = await testGateway({ path, clock: one.clock });
    expectProblem(await askForCode(restarted, PHONE), 429, "rate-limited");
    restarted.file.close();
    rmSync(folder, { recursive: true });
  });
});

test("three challenges may live at once; with a fourth the oldest gives way", async () => {
  const gateway = await testGateway({ documents, env: generous });
  const challenges = [];
  for (let number = 0; number < 4; number++) challenges.push(await challengeFor(gateway, PHONE));
  const [first, ...others] = challenges;
  const gone = await verify(gateway, first?.challenge_id ?? "", first?.code ?? "");
  expectProblem(gone, 400, "otp-rejected");
  for (const { challenge_id, code } of others) {
    expect((await verify(gateway, challenge_id, code)).status).toBe(200);
  }
  expect(newestCode(gateway, PHONE)).toBe(others[2]?.code);
});
