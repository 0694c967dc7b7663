import { beforeEach, describe, expect, it } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import { REFUSED_PHONES } from "../../support/twilio/twilio-account.ts";
import { codeMessage, TRANSPORTS, twilioFixture } from "../../support/twilio/twilio-fixture.ts";
import { startTwilio, type TwilioStandIn } from "../../support/twilio/twilio-stand-in.ts";

describe.each(Object.keys(TRANSPORTS))("the circuit of a channel, through %s", (transport) => {
  let twilio: TwilioStandIn;
  beforeEach(async () => {
    twilio = await startTwilio();
    return () => twilio.stop();
  });

  it("opens after five faults, says so once, and leaves the other channels alone", async () => {
    let time = 0;
    const { lines, sender } = twilioFixture({ apiUrl: twilio.url, transport, now: () => time });
    twilio.fail({ kind: "answer", status: 500 });
    for (let i = 0; i < 5; i++) await sender.send(codeMessage());
    expect(await sender.send(codeMessage())).toEqual({
      ok: false,
      failure: { code: "circuit-open" },
    });
    expect(twilio.received).toHaveLength(5);
    twilio.heal();
    expect((await sender.send(codeMessage({ channel: "whatsapp" }))).ok).toBe(true);

    time += 30_000;
    expect((await sender.send(codeMessage())).ok).toBe(true);
    const channel = { provider: "twilio", channel: "sms" };
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      ["error", "sms-circuit-open", { ...channel, reason: "provider-error 20500" }],
      ["warn", "sms-circuit-closed", channel],
    ]);
  });

  it("stays closed whatever is wrong with phones", async () => {
    const { sender } = twilioFixture({ apiUrl: twilio.url, transport });
    for (const to of [...REFUSED_PHONES.keys(), ...REFUSED_PHONES.keys()]) {
      await sender.send(codeMessage({ to: to as Phone }));
    }
    expect((await sender.send(codeMessage())).ok).toBe(true);
  });

  it("opens for refused credentials, without which nobody gets a code", async () => {
    const access = { authToken: "f".repeat(32) };
    const { sender } = twilioFixture({ apiUrl: twilio.url, transport, access });
    for (let i = 0; i < 5; i++) await sender.send(codeMessage());
    expect(await sender.send(codeMessage())).toMatchObject({ failure: { code: "circuit-open" } });
  });
});
