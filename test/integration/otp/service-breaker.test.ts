import { mkdtempSync, rmSync } from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  type Answer,
  askForCode,
  challengeFor,
  logIn,
  resend,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { dateClock } from "../../support/gateway/date-clock.ts";
import {
  type TestGateway,
  type TestOptions,
  testGateway,
} from "../../support/gateway/test-gateway.ts";
import { expectProblem, retryAfter } from "../http/expect-problem.ts";

const [OWNER, STRANGER] = ["9876500001", "9876599999"];
const MINUTE = 60_000;
const phoneOf = (n: number): string => `98765${10_000 + n}`;
const documents = {
  customers_v2: [
    customer("c-owner", OWNER),
    ...Array.from({ length: 20 }, (_, n) => customer(`c-${n}`, phoneOf(n))),
  ],
};

const guarded = (env: Readonly<Record<string, string>>, more: TestOptions = {}) =>
  testGateway({ clock: more.clock ?? dateClock(), documents, ...more, env });

function expectClosed(answer: Answer, seconds: number): void {
  expectProblem(answer, 503, "sms-unavailable");
  expect(retryAfter(answer)).toBe(seconds);
}

/** The lines of one event, or of one name in the audit, without their time. */
const linesOf = ({ lines }: TestGateway, name: string): object[] =>
  lines
    .map((line) => JSON.parse(line))
    .filter((line) => line.event === name || line.name === name)
    .map(({ time, ...line }) => line);

/** Spends what the service has of wrong codes, one phone after another. */
async function guessWrong(gateway: TestGateway, times: number): Promise<void> {
  const { challenge_id, code } = await challengeFor(gateway, phoneOf(times));
  for (let n = 0; n < times; n++) {
    expect((await verify(gateway, challenge_id, wrongFor(code))).status).toBe(400);
    await gateway.runtime.settle();
  }
}

describe("the service's budget of sends, once spent,", () => {
  const env = { LIMIT_SENDS_PER_SERVICE: "4/1m" };

  /** The owner's device is known; four messages have left, and a fifth was not sent. */
  async function spent(options: TestOptions = {}) {
    const gateway = await guarded(env, options);
    const device_token: string = (await logIn(gateway, OWNER)).body.device_token;
    const open = await challengeFor(gateway, phoneOf(0));
    for (const n of [1, 2, 3]) expect((await askForCode(gateway, phoneOf(n))).status).toBe(202);
    return { gateway, device_token, open };
  }

  test("opens a breaker, loudly and once, and sends nothing more", async () => {
    const { gateway } = await spent();
    expect(gateway.outbox.latest()).toHaveLength(4);
    const budget = "sends-per-service 4/60s";
    expect(linesOf(gateway, "breaker-open")).toEqual([
      { level: "error", event: "breaker-open", budget, seconds: 60 },
    ]);
    expect(linesOf(gateway, "breaker.opened")).toMatchObject([{ event: "audit", detail: budget }]);
    expect(linesOf(gateway, "otp.send-failed")).toMatchObject([{ detail: "sms budget" }]);
    for (let n = 4; n < 9; n++) expectClosed(await askForCode(gateway, phoneOf(n)), 60);
    expect(gateway.outbox.latest()).toHaveLength(4);
    expect(linesOf(gateway, "breaker-open")).toHaveLength(1);
  });

  test("refuses all alike: customers, strangers, known devices, resends", async () => {
    const { device_token, gateway, open } = await spent();
    gateway.clock.advance(20_000);
    const refused = [
      await askForCode(gateway, phoneOf(4)),
      await askForCode(gateway, STRANGER),
      await askForCode(gateway, OWNER, { device_token }),
      await askForCode(gateway, OWNER, { channel: "call" }),
      await resend(gateway, open.challenge_id, { channel: "call" }),
    ];
    for (const answer of refused) expectClosed(answer, 40);
    const requests = linesOf(gateway, "request").slice(-refused.length);
    expect(requests).toMatchObject(refused.map(() => ({ level: "error", cause: "sends-spent" })));
    expect((await verify(gateway, open.challenge_id, open.code)).status, "a code works").toBe(200);
  });

  test("closes with the window, and opens as loudly again", async () => {
    const { gateway } = await spent();
    gateway.clock.advance(MINUTE - 1);
    expectClosed(await askForCode(gateway, STRANGER), 1);
    gateway.clock.advance(1);
    for (let n = 4; n < 8; n++) await challengeFor(gateway, phoneOf(n));
    expect((await askForCode(gateway, phoneOf(8))).status).toBe(202);
    expectClosed(await askForCode(gateway, phoneOf(9)), 60);
    expect(linesOf(gateway, "breaker-open")).toHaveLength(2);
  });

  test("is one for all processes; each learns of it when it would send", async () => {
    const folder = mkdtempSync("/tmp/doorstep-breaker-");
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const shared = { path: `${folder}/doorstep.db`, clock: dateClock() };
    const { gateway: one } = await spent(shared);
    const two = await guarded(env, shared);
    expect((await askForCode(two, phoneOf(4))).status).toBe(202);
    expect(two.outbox.latest()).toEqual([]);
    for (const gateway of [one, two]) expectClosed(await askForCode(gateway, phoneOf(5)), 60);
    expect(linesOf(two, "breaker-open")).toHaveLength(1);
  });
});

describe("the service's budget of wrong codes, once spent,", () => {
  const env = { LIMIT_FAILURES_PER_SERVICE: "4/1m" };

  async function spent() {
    const gateway = await guarded(env);
    const device_token: string = (await logIn(gateway, OWNER)).body.device_token;
    const open = await challengeFor(gateway, phoneOf(0));
    await guessWrong(gateway, 5);
    return { gateway, device_token, open };
  }

  test("opens a breaker, loudly and once, for all but known devices", async () => {
    const { device_token, gateway, open } = await spent();
    const budget = "failures-per-service 4/60s";
    expect(linesOf(gateway, "breaker-open")).toMatchObject([{ level: "error", budget }]);
    expect(linesOf(gateway, "breaker.opened")).toMatchObject([{ detail: budget }]);
    for (const phone of [OWNER, phoneOf(6), STRANGER]) {
      expectClosed(await askForCode(gateway, phone), 60);
      expectClosed(await askForCode(gateway, phone, { device_token: "dsd_key.AAAA" }), 60);
    }
    expectClosed(await askForCode(gateway, phoneOf(6), { device_token }), 60);
    expectClosed(await resend(gateway, open.challenge_id, { channel: "call" }), 60);
    expect(linesOf(gateway, "request").at(-1)).toMatchObject({ cause: "failures-spent" });
    expect((await logIn(gateway, OWNER, { deviceToken: device_token })).status).toBe(200);
    const mine = await challengeFor(gateway, OWNER, { device_token });
    expect((await resend(gateway, mine.challenge_id, { channel: "call" })).status).toBe(202);
    await verify(gateway, open.challenge_id, wrongFor(open.code));
    await gateway.runtime.settle();
    expect(linesOf(gateway, "breaker-open"), "once, whatever is counted on").toHaveLength(1);
    expect((await verify(gateway, open.challenge_id, open.code)).status, "a code works").toBe(200);
  });

  test("closes with the window", async () => {
    const { gateway } = await spent();
    gateway.clock.advance(MINUTE - 1);
    expectClosed(await askForCode(gateway, STRANGER), 1);
    gateway.clock.advance(1);
    for (const phone of [STRANGER, phoneOf(6)]) {
      expect((await askForCode(gateway, phone)).status).toBe(202);
    }
  });

  test("was not touched by typing slips, unknown challenges, or right codes", async () => {
    const gateway = await guarded(env);
    const { challenge_id } = await challengeFor(gateway, phoneOf(0));
    for (let n = 0; n < 9; n++) {
      await verify(gateway, challenge_id, "12345");
      await verify(gateway, "dsc_key.AAAA", "123456");
      expect((await logIn(gateway, phoneOf(n + 1))).status).toBe(200);
    }
    await gateway.runtime.settle();
    expect(linesOf(gateway, "breaker-open")).toEqual([]);
  });
});
