import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  type Answer,
  challengeFor,
  select,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem } from "../http/expect-problem.ts";
import { documentsOf } from "../linking/sqlite-world.ts";

const PHONE = "9876500001";
const newGateway = () => testGateway({ documents: { customers_v2: [customer("c-1", PHONE)] } });
const fifty = (one: () => Promise<Answer>): Promise<Answer[]> =>
  Promise.all(Array.from({ length: 50 }, one));

/** How often each outcome came. */
function tally(answers: readonly Answer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { body } of answers) {
    const outcome = body.access_token === undefined ? String(body.code) : "token";
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

describe("fifty at once with one right code", () => {
  test("fifty requests at once with one right code get one token response; the others, and every later one, are rejected", async () => {
    const gateway = await newGateway();
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    const answers = await fifty(() => verify(gateway, challenge_id, code));
    expect(tally(answers)).toEqual({ token: 1, "otp-rejected": 49 });
    expectProblem(await verify(gateway, challenge_id, code), 400, "otp-rejected");
    gateway.clock.advance(119_999);
    expectProblem(await verify(gateway, challenge_id, code), 400, "otp-rejected");
    gateway.clock.advance(60_000);
    expectProblem(await verify(gateway, challenge_id, code), 400, "otp-rejected");
  });

  test("fifty requests at once with one right code make one user and one session", async () => {
    const gateway = await newGateway();
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    await fifty(() => verify(gateway, challenge_id, code));
    expect(documentsOf(gateway.file).users).toHaveLength(1);
    const [row] = gateway.file.sql.all(`SELECT value FROM state WHERE key LIKE '"user/%'`);
    expect(JSON.parse(row?.["value"] as string).record.sessions).toHaveLength(1);
  });
});

describe("fifty at once with a wrong code", () => {
  test("fifty requests at once with a wrong code count five tries; the others, and the right code afterwards, are exhausted", async () => {
    const gateway = await newGateway();
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    const answers = await fifty(() => verify(gateway, challenge_id, wrongFor(code)));
    expect(tally(answers)).toEqual({ "otp-rejected": 5, "otp-exhausted": 45 });
    const left = answers.map(({ body }) => body.attempts_remaining).filter(Number.isInteger);
    expect(left.sort()).toEqual([0, 1, 2, 3, 4]);
    expectProblem(await verify(gateway, challenge_id, code), 429, "otp-exhausted");
  });

  test("fifty requests at once with a wrong code of different kinds count no more either", async () => {
    const gateway = await newGateway();
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    let guess = 100_000;
    const answers = await fifty(() => {
      guess = guess + 1 === Number(code) ? guess + 2 : guess + 1;
      return verify(gateway, challenge_id, String(guess));
    });
    expect(tally(answers)).toEqual({ "otp-rejected": 5, "otp-exhausted": 45 });
  });
});

test("right and wrong codes mixed give at most one token and at most five tries", async () => {
  const gateway = await newGateway();
  const { challenge_id, code } = await challengeFor(gateway, PHONE);
  let turn = 0;
  const answers = await fifty(() =>
    verify(gateway, challenge_id, turn++ % 2 === 0 ? code : wrongFor(code)),
  );
  const {
    token = 0,
    "otp-exhausted": exhausted = 0,
    "otp-rejected": rejected = 0,
  } = tally(answers);
  expect(token).toBeLessThanOrEqual(1);
  expect(token + exhausted + rejected).toBe(50);
  const counted = answers.filter(({ body }) => body.attempts_remaining !== undefined);
  expect(counted.length).toBeLessThanOrEqual(5);
});

test("fifty choices at once, of two customers, give one session", async () => {
  const gateway = await testGateway({
    documents: { customers_v2: [customer("c-1", PHONE), customer("c-2", PHONE)] },
  });
  const { challenge_id, code } = await challengeFor(gateway, PHONE);
  const { selection_token } = (await verify(gateway, challenge_id, code)).body;
  let turn = 0;
  const answers = await fifty(() => select(gateway, selection_token, `c-${(turn++ % 2) + 1}`));
  expect(tally(answers)).toEqual({ token: 1, "otp-rejected": 49 });
});
