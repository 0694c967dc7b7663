import { afterAll, describe, expect, test, vi } from "vitest";
import { fail } from "../../../src/core/result.ts";
import { customer } from "../../cases-extra/people.ts";
import {
  type Answer,
  askForCode,
  newestCode,
  post,
  resend,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { awaited, recorder } from "../../support/gateway/recorder.ts";
import {
  type TestGateway,
  type TestOptions,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import { trueCodeOf } from "./decoy-code.ts";
import { PHONE, PHONES, type Seen, seen } from "./phones-of-all-kinds.ts";

// The limiter asks Date: a second that passes on a slow machine must not tell two stories apart.
vi.useFakeTimers({ toFake: ["Date"] });
afterAll(() => void vi.useRealTimers());

const MINUTE = 60_000;

/** Everything that somebody without the code can do with a phone, up to the lock. */
async function play(gateway: TestGateway, ports: ReturnType<typeof recorder>): Promise<Seen[]> {
  const story: Seen[] = [];
  const tell = async (step: string, answering: Promise<Answer>) => {
    const answer = await answering;
    const calls = awaited(ports.take());
    await gateway.runtime.settle();
    ports.take();
    const waitedFor = calls.map(({ method, port, shape }) => `${port}.${method} ${shape}`);
    story.push(seen(step, answer, waitedFor));
    return answer;
  };
  const ask = (step: string, more: object = {}) =>
    tell(step, post(gateway, "/auth/otp", { phone: PHONE, ...more }));
  /** The very code of a decoy; for the others a wrong one. */
  const bestGuess = async (id: string) => {
    const code = await trueCodeOf(gateway, id);
    ports.take();
    return newestCode(gateway, PHONE) === undefined ? code : wrongFor(code);
  };

  const { challenge_id } = (await ask("request")).body;
  await tell("resend too early", resend(gateway, challenge_id));
  gateway.clock.advance(30_000);
  await tell("resend", resend(gateway, challenge_id));
  await tell("resend by another channel", resend(gateway, challenge_id, { channel: "whatsapp" }));
  await ask("request beyond the budget");
  await tell("resend beyond the budget", resend(gateway, challenge_id, { channel: "call" }));
  await tell("typing slip", verify(gateway, challenge_id, "12 34"));
  await tell("right-looking code", verify(gateway, challenge_id, await bestGuess(challenge_id)));
  for (const digit of ["1", "2", "3", "4", "5"]) {
    const wrong = wrongFor(await bestGuess(challenge_id));
    await tell(`wrong code ${digit}`, verify(gateway, challenge_id, wrong));
  }
  await tell("resend when exhausted", resend(gateway, challenge_id, { channel: "call" }));
  gateway.clock.advance(5 * MINUTE);
  await tell("expired", verify(gateway, challenge_id, await Promise.resolve("123456")));
  for (const number of [2, 3, 4]) {
    gateway.clock.advance(61 * MINUTE);
    const { challenge_id: id } = (await ask(`challenge ${number}`, { channel: "call" })).body;
    for (let tries = 0; tries < 5; tries++) {
      await tell(`challenge ${number} guessed`, verify(gateway, id, await bestGuess(id)));
    }
    await tell(`challenge ${number} closed`, verify(gateway, id, "123456"));
  }
  await ask("request while locked");
  await ask("request with a made-up device", { device_token: "dsd_k.AAAA" });
  return story;
}

async function playWith(options: TestOptions): Promise<Seen[]> {
  const ports = recorder();
  const gateway = await testGateway({ ...options, ...ports.options });
  return play(gateway, ports);
}

const stranger = await playWith({ documents: PHONES["a stranger's"] ?? {} });

describe("a client without the code sees the same of every phone:", () => {
  const others = Object.entries(PHONES).filter(([name]) => name !== "a stranger's");
  test.each(others)(
    "a client without the code sees the same of every phone: %s phone",
    async (_, documents) => {
      expect(await playWith({ documents })).toEqual(stranger);
    },
  );

  test("a client without the code sees the same of every phone: the phone of a customer in a spelling that only the scan finds", async () => {
    const story = await playWith({ documents: { customers_v2: [customer("c-1", ` ${PHONE} `)] } });
    // Once found, the record names the document; the steps are the same.
    const outline = ({ waitedFor, ...rest }: Seen) => ({
      ...rest,
      waitedFor: waitedFor.map((call) => call.split(" ")[0]),
    });
    expect(story.map(outline)).toEqual(stranger.map(outline));
  });

  test("the story of a stranger has every turn that it should have", () => {
    const statuses = (step: string) =>
      stranger.filter((one) => one.step.startsWith(step)).map(({ status }) => status);
    expect(statuses("request")).toEqual([202, 429, 429, 429]);
    expect(statuses("resend")).toEqual([429, 202, 202, 429, 429]);
    expect(statuses("right-looking code")).toEqual([400]);
    expect(statuses("wrong code")).toEqual([400, 400, 400, 400, 429]);
    expect(statuses("expired")).toEqual([400]);
    expect(statuses("challenge 4")).toEqual([202, 400, 400, 400, 400, 400, 429]);
    expect(statuses("typing slip")).toEqual([422]);
  });
});

test("the very code of a decoy is wrong, and counts as a wrong try", async () => {
  const gateway = await testGateway({ documents: PHONES["a stranger's"] ?? {} });
  const { challenge_id } = (await askForCode(gateway, PHONE)).body;
  const code = await trueCodeOf(gateway, challenge_id);
  const answer = await verify(gateway, challenge_id, code);
  expect(answer.body).toMatchObject({ code: "otp-rejected", attempts_remaining: 4 });
});

test("the code of a known phone is derived in the same way, and is right", async () => {
  const gateway = await testGateway({ documents: PHONES["a customer's"] ?? {} });
  const { challenge_id } = (await askForCode(gateway, PHONE)).body;
  const code = await trueCodeOf(gateway, challenge_id);
  expect(code).toBe(newestCode(gateway, PHONE));
  expect((await verify(gateway, challenge_id, code)).status).toBe(200);
});

test("what the provider says reaches log and audit, not the client", async () => {
  const gateway = await testGateway({
    documents: PHONES["a customer's"] ?? {},
    wrapSender: (sender) => ({ ...sender, send: async () => fail({ code: "21610" }) }),
  });
  const answer = await askForCode(gateway, PHONE);
  expect(seen("request", answer, [])).toEqual({ ...stranger[0], waitedFor: [] });
  expect(gateway.lines.join()).toContain("21610");
});
