import { expect, onTestFinished, test } from "vitest";
import { fail, ok } from "../../../src/core/result.ts";
import type { CodeSender } from "../../../src/ports/sms.ts";
import { customer } from "../../cases-extra/people.ts";
import { askForCode, post, resend } from "../../support/gateway/client.ts";
import { dateClock } from "../../support/gateway/date-clock.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";
import { twilioFixture } from "../../support/twilio/twilio-fixture.ts";
import { startTwilio } from "../../support/twilio/twilio-stand-in.ts";
import { expectProblem, retryAfter } from "../http/expect-problem.ts";

const STRANGER = "9876599999";
const phoneOf = (n: number): string => `98765${10_000 + n}`;
const documents = {
  customers_v2: Array.from({ length: 20 }, (_, n) => customer(`c-${n}`, phoneOf(n))),
};

/** A gateway whose provider does as the test says. */
async function withProvider(provider: { serves: boolean; sends: boolean }, hasProbe = true) {
  const counts = { probes: 0, sends: 0 };
  const wrapSender = (sender: CodeSender): CodeSender => ({
    ...sender,
    probe: hasProbe
      ? async () => {
          counts.probes++;
          return provider.serves;
        }
      : null,
    async send() {
      counts.sends++;
      return provider.sends ? ok({ messageId: "SM0" }) : fail({ code: "provider-error 20500" });
    },
  });
  const clock = dateClock();
  return { ...(await testGateway({ clock, documents, wrapSender })), clock, counts };
}

test("sends that fail change nothing that others see: a stranger cannot tell whose they were", async () => {
  const twilio = await startTwilio();
  onTestFinished(() => twilio.stop());
  const clock = dateClock();
  const { lines, sender } = twilioFixture({ apiUrl: twilio.url, now: clock.now });
  const gateway = await testGateway({ clock, documents, wrapSender: () => sender });
  twilio.fail({ kind: "answer", status: 500 });
  for (let n = 0; n < 5; n++) await askForCode(gateway, phoneOf(n));
  expect(lines.filter((line) => line.includes("sms-circuit-open"))).toHaveLength(1);
  twilio.heal();
  const { length } = twilio.received;
  for (const phone of [phoneOf(6), STRANGER]) {
    expect((await askForCode(gateway, phone)).status).toBe(202);
  }
  expect(twilio.received, "nothing is sent for 30 s").toHaveLength(length);
  clock.advance(30_000);
  await askForCode(gateway, phoneOf(7));
  expect(twilio.accepted).toHaveLength(1);
  expect(twilio.probes()).toBe(2);
});

test("while the provider's probe fails every request is refused alike, and none is written", async () => {
  const provider = { serves: true, sends: true };
  const gateway = await withProvider(provider);
  const { challenge_id } = await challengeForAny(gateway);
  provider.serves = false;
  gateway.clock.advance(10_000);
  expect((await askForCode(gateway, phoneOf(1))).status, "its request began the probe").toBe(202);
  const records = () =>
    gateway.file.sql.all("SELECT * FROM state ORDER BY key").map((row) => JSON.stringify(row));
  const before = records();
  for (const phone of [phoneOf(2), STRANGER]) {
    for (const channel of ["sms", "whatsapp", "call"]) {
      const refused = await askForCode(gateway, phone, { channel });
      expectProblem(refused, 503, "sms-unavailable");
      expect(retryAfter(refused)).toBe(10);
    }
  }
  expectProblem(await resend(gateway, challenge_id, { channel: "call" }), 503, "sms-unavailable");
  const compat = await post(gateway, "/api/auth/otp/send", { phone: phoneOf(3) });
  expect(compat.status).toBe(503);
  expect(records()).toEqual(before);
  provider.serves = true;
  gateway.clock.advance(10_000);
  expect((await askForCode(gateway, STRANGER)).status, "goes by the last probe").toBe(503);
  for (const phone of [phoneOf(2), STRANGER]) {
    expect((await askForCode(gateway, phone)).status).toBe(202);
  }
  expect(gateway.lines.filter((line) => line.includes("sms-probe-passed"))).toHaveLength(1);
});

test("the provider is probed every 10 s at most, and by requests for unknown numbers alike", async () => {
  const gateway = await withProvider({ serves: true, sends: true });
  for (let n = 0; n < 3; n++) await askForCode(gateway, `98111000${10 + n}`);
  expect(gateway.counts).toEqual({ probes: 1, sends: 0 });
  gateway.clock.advance(9_999);
  await askForCode(gateway, STRANGER);
  expect(gateway.counts.probes).toBe(1);
  gateway.clock.advance(1);
  await askForCode(gateway, phoneOf(0));
  expect(gateway.counts).toEqual({ probes: 2, sends: 1 });
});

test("a provider that cannot be asked is never refused for", async () => {
  const gateway = await withProvider({ serves: false, sends: false }, false);
  for (let n = 0; n < 12; n++) {
    expect((await askForCode(gateway, phoneOf(n))).status).toBe(202);
    gateway.clock.advance(10_000);
  }
});

test("no answer waits for a probe", async () => {
  let release = () => {};
  const hangs = new Promise<boolean>((resolve) => {
    release = () => resolve(true);
  });
  const wrapSender = (sender: CodeSender): CodeSender => ({ ...sender, probe: () => hangs });
  const gateway = await testGateway({ documents, wrapSender });
  expect((await post(gateway, "/auth/otp", { phone: STRANGER })).status).toBe(202);
  release();
  await gateway.runtime.settle();
});

async function challengeForAny(gateway: Awaited<ReturnType<typeof withProvider>>) {
  const asked = await askForCode(gateway, phoneOf(0));
  expect(asked.status).toBe(202);
  return asked.body as { readonly challenge_id: string };
}
