import { describe, expect, test } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import { challengeFor, select, verify, wrongFor } from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem } from "../http/expect-problem.ts";
import { faults } from "../http/failing-ports.ts";
import { documentsOf } from "../linking/sqlite-world.ts";

const PHONE = "9876500001";
const MINUTE = 60_000;
const NEW = { customers_v2: [customer("c-1", PHONE)] };
const BY_PHONE = { ...NEW, users: [user("u-1", { phone: PHONE })] };

/** Everything that a store does in a login after the code was found right. */
const POINTS: [string, (port: string, method: string, args: readonly unknown[]) => boolean][] = [
  ["the customers are read", (_, method) => method === "findCustomers"],
  ["the users are read", (_, method) => method === "findUsers"],
  ["the customer is written", (_, method) => method === "changeCustomer"],
  ["the user is inserted", (_, method) => method === "insertUser"],
  ["the user's sessions are read", (_, method, [key]) => method === "read" && isUserKey(key)],
  ["the session is written", (_, method, [key]) => method === "write" && isUserKey(key)],
];
const isUserKey = (key: unknown): boolean => String(key).startsWith("user/");

describe.each(POINTS)("a login that a store cuts short where %s", (_, when) => {
  async function interrupted() {
    const ports = faults();
    const gateway = await testGateway({ ...ports.options, documents: NEW });
    const { challenge_id, code } = await challengeFor(gateway, PHONE);
    ports.failOn(when);
    expectProblem(await verify(gateway, challenge_id, code), 503, "store-unavailable");
    ports.heal();
    return { challenge_id, code, gateway };
  }

  test("is finished by the same challenge and code, once", async () => {
    const { challenge_id, code, gateway } = await interrupted();
    gateway.clock.advance(2 * MINUTE - 1);
    expect((await verify(gateway, challenge_id, code)).status).toBe(200);
    expectProblem(await verify(gateway, challenge_id, code), 400, "otp-rejected");
    expectOneLink(gateway);
  });

  test("is over after two minutes", async () => {
    const { challenge_id, code, gateway } = await interrupted();
    gateway.clock.advance(2 * MINUTE);
    expectProblem(await verify(gateway, challenge_id, code), 400, "otp-rejected");
  });

  test("is not finished by a wrong code, and five of them close it", async () => {
    const { challenge_id, code, gateway } = await interrupted();
    for (let tries = 0; tries < 5; tries++) {
      const answer = await verify(gateway, challenge_id, wrongFor(code));
      // Used, so no tries are promised any more: it answers as an unknown one does.
      expectProblem(answer, 400, "otp-rejected");
    }
    expectProblem(await verify(gateway, challenge_id, code), 429, "otp-exhausted");
  });

  test("is finished once by fifty at once", async () => {
    const { challenge_id, code, gateway } = await interrupted();
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => verify(gateway, challenge_id, code)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expectOneLink(gateway);
  });
});

function expectOneLink({ file }: TestGateway): void {
  const { customers_v2, users } = documentsOf(file);
  expect(users).toEqual([expect.objectContaining({ customer_v2_id: "c-1" })]);
  expect(customers_v2).toEqual([expect.objectContaining({ user_id: users[0]?.["id"] })]);
}

test("the proof outlives the code's own five minutes by its two", async () => {
  const ports = faults();
  const gateway = await testGateway({ ...ports.options, documents: NEW });
  const { challenge_id, code } = await challengeFor(gateway, PHONE);
  gateway.clock.advance(5 * MINUTE - 1);
  ports.failOn((port) => port === "directory");
  expect((await verify(gateway, challenge_id, code)).status).toBe(503);
  ports.heal();
  gateway.clock.advance(2 * MINUTE - 1);
  expect((await verify(gateway, challenge_id, code)).status).toBe(200);
});

test("a write that was cut short after it took effect is found done", async () => {
  let cut = true;
  const gateway = await testGateway({
    documents: BY_PHONE,
    wrapDirectory: (directory) => ({
      ...directory,
      async changeUser(...args) {
        const outcome = await directory.changeUser(...args);
        if (cut) throw new Error("the answer was lost");
        return outcome;
      },
    }),
  });
  const { challenge_id, code } = await challengeFor(gateway, PHONE);
  expectProblem(await verify(gateway, challenge_id, code), 500, "internal");
  cut = false;
  const { body } = await verify(gateway, challenge_id, code);
  expect(body).toMatchObject({ user: { id: "u-1" }, customer: { id: "c-1" }, first_login: true });
});

test("a choice that a store cuts short is made again, within the two minutes of the proof", async () => {
  const ports = faults();
  const documents = { customers_v2: [customer("c-1", PHONE), customer("c-2", PHONE)] };
  const gateway = await testGateway({ ...ports.options, documents });
  const { challenge_id, code } = await challengeFor(gateway, PHONE);
  const { selection_token } = (await verify(gateway, challenge_id, code)).body;
  ports.failOn((_, method) => method === "insertUser");
  expect((await select(gateway, selection_token, "c-2")).status).toBe(503);
  ports.heal();
  gateway.clock.advance(2 * MINUTE - 1);
  expect((await select(gateway, selection_token, "c-2")).status).toBe(200);
  gateway.clock.advance(1);
  expectProblem(await select(gateway, selection_token, "c-2"), 400, "otp-rejected");
});

test("a choice that was made stands, also where the session could not be written", async () => {
  const ports = faults();
  const documents = { customers_v2: [customer("c-1", PHONE), customer("c-2", PHONE)] };
  const gateway = await testGateway({ ...ports.options, documents });
  const { challenge_id, code } = await challengeFor(gateway, PHONE);
  const { selection_token } = (await verify(gateway, challenge_id, code)).body;
  ports.failOn((_, method, [key]) => method === "write" && isUserKey(key));
  expect((await select(gateway, selection_token, "c-2")).status).toBe(503);
  ports.heal();
  const before = documentsOf(gateway.file);
  expectProblem(await select(gateway, selection_token, "c-1"), 400, "otp-rejected");
  expect(documentsOf(gateway.file)).toEqual(before);
  expect((await verify(gateway, challenge_id, code)).body).toMatchObject({
    customer: { id: "c-2" },
  });
});
