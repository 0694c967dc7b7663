import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { type Answer, newestCode, wrongFor } from "../../support/gateway/client.ts";
import { compatSend, compatVerify, trueCompatCode } from "../../support/gateway/compat-client.ts";
import { awaited, recorder } from "../../support/gateway/recorder.ts";
import {
  type TestGateway,
  type TestOptions,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import { PHONE, PHONES, type Seen, seen } from "../otp/phones-of-all-kinds.ts";

const MINUTE = 60_000;

/** Everything that somebody without the code can do with a phone on the old web app's routes. */
async function play(gateway: TestGateway, ports: ReturnType<typeof recorder>): Promise<Seen[]> {
  const story: Seen[] = [];
  const tell = async (step: string, answering: Promise<Answer>) => {
    const answer = await answering;
    const calls = awaited(ports.take());
    await gateway.runtime.settle();
    ports.take();
    const waitedFor = calls.map(({ method, port, shape }) => `${port}.${method} ${shape}`);
    story.push(seen(step, answer, waitedFor));
  };
  /** The very code of a decoy; for the others a wrong one. */
  const bestGuess = async () => {
    const code = await trueCompatCode(gateway, PHONE);
    ports.take();
    return newestCode(gateway, PHONE) === undefined ? code : wrongFor(code);
  };

  await tell("verify before any send", compatVerify(gateway, PHONE, "123456"));
  await tell("send", compatSend(gateway, PHONE));
  await tell("send again", compatSend(gateway, ` +91 ${PHONE}`));
  await tell("typing slip", compatVerify(gateway, PHONE, "12 34"));
  await tell("right-looking code", compatVerify(gateway, PHONE, await bestGuess()));
  for (let tries = 0; tries < 5; tries++) {
    await tell("wrong code", compatVerify(gateway, PHONE, wrongFor(await bestGuess())));
  }
  await tell("send a third time", compatSend(gateway, PHONE));
  await tell("send beyond the budget", compatSend(gateway, PHONE));
  gateway.clock.advance(5 * MINUTE);
  await tell("expired", compatVerify(gateway, PHONE, "123456"));
  for (let challenge = 0; challenge < 3; challenge++) {
    gateway.clock.advance(61 * MINUTE);
    await tell("send later", compatSend(gateway, PHONE));
    for (let tries = 0; tries < 5; tries++) {
      await tell("guess later", compatVerify(gateway, PHONE, await bestGuess()));
    }
  }
  await tell("locked", compatVerify(gateway, PHONE, "123456"));
  await tell("send while locked", compatSend(gateway, PHONE));
  return story;
}

async function playWith(options: TestOptions): Promise<Seen[]> {
  const ports = recorder();
  const gateway = await testGateway({ ...options, ...ports.options });
  return play(gateway, ports);
}

const stranger = await playWith({ documents: PHONES["a stranger's"] ?? {} });

describe("on the old web app's routes a client without the code sees the same of every phone:", () => {
  const others = Object.entries(PHONES).filter(([name]) => name !== "a stranger's");
  test.each(others)(
    "on the old web app's routes a client without the code sees the same of every phone: %s phone",
    async (_, documents) => {
      expect(await playWith({ documents })).toEqual(stranger);
    },
  );

  test("the story of a stranger has every turn that it should have", () => {
    const statuses = (step: string) =>
      stranger.filter((one) => one.step.startsWith(step)).map(({ status }) => status);
    expect(statuses("send")).toEqual([200, 200, 200, 429, 200, 200, 200, 429]);
    expect(statuses("verify before any send")).toEqual([400]);
    expect(statuses("typing slip")).toEqual([422]);
    expect(statuses("right-looking code")).toEqual([400]);
    expect(statuses("wrong code")).toEqual([400, 400, 400, 400, 429]);
    expect(statuses("expired")).toEqual([400]);
    expect(statuses("guess later")).toEqual(Array.from({ length: 15 }, () => 400));
    expect(statuses("locked")).toEqual([429]);
  });
});

test("the very code of a decoy is wrong; that of a customer is right", async () => {
  const decoy = await testGateway({ documents: PHONES["a stranger's"] ?? {} });
  await compatSend(decoy, PHONE);
  const refused = await compatVerify(decoy, PHONE, await trueCompatCode(decoy, PHONE));
  expect(refused.body).toMatchObject({ code: "otp-rejected", attempts_remaining: 4 });
  const known = await testGateway({ documents: { customers_v2: [customer("c-1", PHONE)] } });
  await compatSend(known, PHONE);
  const logged = await compatVerify(known, PHONE, await trueCompatCode(known, PHONE));
  expect(logged.status).toBe(200);
});

test("no message goes to a stranger", async () => {
  const gateway = await testGateway({ documents: PHONES["a stranger's"] ?? {} });
  await compatSend(gateway, PHONE);
  await gateway.runtime.settle();
  expect(gateway.outbox.latest()).toEqual([]);
});
