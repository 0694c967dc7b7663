import { describe, expect, it } from "vitest";
import { sendTest } from "../../../../src/cli/doctor/send-test.ts";
import type { Phone } from "../../../../src/core/ids.ts";
import type { CodeMessage } from "../../../../src/core/otp/message.ts";
import { fail, ok } from "../../../../src/core/result.ts";
import type { CodeSender, OpenProvider } from "../../../../src/ports/sms.ts";
import { loaded } from "../../../support/gateway/load-settings.ts";

const PHONE = "+919876543210" as Phone;
const { rules } = loaded({}).settings;

/** A provider with these states of its message, one for each question. */
async function tried(
  states: readonly (string | null)[],
  { errorCode = null as string | null, refuses = false, tells = true } = {},
) {
  const sent: CodeMessage[] = [];
  let [now, asked] = [0, 0];
  const sender: CodeSender = {
    provider: "twilio",
    channels: ["sms"],
    probe: null,
    async send(message) {
      sent.push(message);
      return refuses ? fail({ code: "auth 20003" }) : ok({ messageId: "SM1" });
    },
    reportShown: async () => undefined,
  };
  const readReport: OpenProvider["readReport"] = async (messageId) => {
    const status = states[Math.min(asked++, states.length - 1)] ?? null;
    return status === null ? null : { messageId, status, errorCode };
  };
  const runtime = {
    now: () => now,
    sleep: async (ms: number) => {
      now += ms;
    },
  };
  const provider = { sender, outbox: null, readReport: tells ? readReport : null };
  const lines = await sendTest({ rules, runtime, provider }, PHONE);
  return { lines, sent };
}

describe("doctor --send-test", () => {
  it("doctor --send-test prints the seconds until the provider reports the delivery", async () => {
    const { lines, sent } = await tried([null, "queued", "sent", "delivered"]);
    expect(lines).toMatchObject([{ state: "ok", what: "delivered in 3.0 s by twilio" }]);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.text).toContain("000000 is your");
    expect(JSON.stringify(lines)).not.toContain("98765");
  });

  it("doctor --send-test finds a message that did not arrive, with the provider's number", async () => {
    const { lines } = await tried(["sent", "undelivered"], { errorCode: "30007" });
    expect(lines).toMatchObject([
      { state: "finding", what: "twilio did not deliver the message: undelivered 30007" },
    ]);
    const refused = await tried([], { refuses: true });
    expect(refused.lines).toMatchObject([
      { state: "finding", what: "twilio did not deliver the message: auth 20003" },
    ]);
  });

  it("doctor --send-test calls no message delivered that was not reported so", async () => {
    const late = await tried(["sent"]);
    expect(late.lines).toMatchObject([
      { state: "unknown", what: expect.stringMatching(/^sent after 90/) },
    ]);
    const mute = await tried(["delivered"], { tells: false });
    expect(mute.lines).toMatchObject([{ state: "unknown" }]);
  });
});
