import { describe, expect, onTestFinished, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { type Answer, askForCode } from "../../support/gateway/client.ts";
import { dateClock } from "../../support/gateway/date-clock.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { twilioFixture } from "../../support/twilio/twilio-fixture.ts";
import { startTwilio } from "../../support/twilio/twilio-stand-in.ts";
import { expectProblem, retryAfter } from "../http/expect-problem.ts";

const STRANGER = "9876599999";
const phoneOf = (n: number): string => `98765${10_000 + n}`;
const customers_v2 = Array.from({ length: 20 }, (_, n) => customer(`c-${n}`, phoneOf(n)));

function expectClosed(answer: Answer, seconds: number): void {
  expectProblem(answer, 503, "sms-unavailable");
  expect(retryAfter(answer)).toBe(seconds);
}

describe("the circuit of a channel, open after five faults in a row,", () => {
  test("refuses all alike on that channel, at once and without asking Twilio, until it closes", async () => {
    const twilio = await startTwilio();
    onTestFinished(() => twilio.stop());
    const clock = dateClock();
    const { lines, sender } = twilioFixture({ apiUrl: twilio.url, now: clock.now });
    const gateway = await testGateway({
      clock,
      documents: { customers_v2 },
      wrapSender: () => sender,
    });
    twilio.fail({ kind: "answer", status: 500 });
    for (let n = 0; n < 5; n++) expect((await askForCode(gateway, phoneOf(n))).status).toBe(202);
    expect(lines.filter((line) => line.includes("sms-circuit-open"))).toHaveLength(1);
    twilio.heal();
    const { length } = twilio.received;
    for (const phone of [phoneOf(6), STRANGER]) expectClosed(await askForCode(gateway, phone), 30);
    expect(twilio.received).toHaveLength(length);
    expect((await askForCode(gateway, phoneOf(7), { channel: "call" })).status).toBe(202);
    expect(twilio.accepted.map(({ channel }) => channel)).toEqual(["call"]);
    clock.advance(30_000);
    for (const n of [8, 9]) expect((await askForCode(gateway, phoneOf(n))).status).toBe(202);
    expect(twilio.accepted).toHaveLength(3);
    expect(lines.filter((line) => line.includes("sms-circuit-closed"))).toHaveLength(1);
  });
});
