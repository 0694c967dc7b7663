import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { CHANNELS } from "../../../src/core/otp/message.ts";
import { TWILIO_ACCOUNT as ACCOUNT } from "../../support/twilio/twilio-account.ts";
import {
  CODE,
  codeMessage,
  PHONE,
  PROVIDERS,
  PUBLIC_URL,
  TEXT,
  TRANSPORTS,
  twilioFixture,
} from "../../support/twilio/twilio-fixture.ts";
import { startTwilio, type TwilioStandIn } from "../../support/twilio/twilio-stand-in.ts";
import { referenceOf, senderSuite } from "./sender.suite.ts";

/** A call names its code and does not have it: nobody here answers who could be asked for it. */
const codeNamedIn = (twiml: string): string =>
  new RegExp(`\\?call=${referenceOf("(\\d{6})")}"`).exec(twiml)?.[1] ?? "";

for (const transport of Object.keys(TRANSPORTS)) {
  for (const provider of PROVIDERS) {
    senderSuite(`${provider} through ${transport}`, async () => {
      const twilio = await startTwilio();
      const { sender } = twilioFixture({ apiUrl: twilio.url, provider, transport });
      const delivered = () =>
        twilio.accepted.map(({ channel, code, form, to }) => ({
          to,
          channel,
          code: code === "" ? codeNamedIn(form["Twiml"] ?? "") : code,
        }));
      return { sender, delivered, close: () => twilio.stop() };
    });
  }
}

describe.each(Object.keys(TRANSPORTS))("Twilio through %s", (transport) => {
  let twilio: TwilioStandIn;
  beforeAll(async () => {
    twilio = await startTwilio();
  });
  afterAll(() => twilio.stop());
  const open = (options: Partial<Parameters<typeof twilioFixture>[0]> = {}) =>
    twilioFixture({ apiUrl: twilio.url, transport, ...options });

  it("sends the registered text as it is, byte for byte", async () => {
    const text = "क्षे 👩‍🌾 & = + % \n\n@login.earlybird.example #407218";
    await open().sender.send(codeMessage({ text }));
    expect(twilio.accepted.at(-1)?.form).toEqual({
      To: PHONE,
      MessagingServiceSid: ACCOUNT.messagingServiceSid,
      Body: text,
      ValidityPeriod: "300",
      StatusCallback: `${PUBLIC_URL}/webhooks/twilio/status`,
    });
  });

  it("sends a WhatsApp message by template alone", async () => {
    await open().sender.send(codeMessage({ channel: "whatsapp" }));
    expect(twilio.accepted.at(-1)?.form).toEqual({
      To: `whatsapp:${PHONE}`,
      From: `whatsapp:${ACCOUNT.whatsappFrom}`,
      ContentSid: ACCOUNT.whatsappContentSid,
      ContentVariables: JSON.stringify({ 1: CODE }),
      StatusCallback: `${PUBLIC_URL}/webhooks/twilio/status`,
    });
  });

  it("takes the SID that Twilio gave as the message's id", async () => {
    for (const channel of CHANNELS) {
      const sent = await open().sender.send(codeMessage({ channel }));
      expect(sent).toEqual({ ok: true, value: { messageId: twilio.accepted.at(-1)?.sid } });
    }
  });

  it("works whether the API address ends in a slash or not", async () => {
    const { sender } = open({ apiUrl: `${twilio.url}/` });
    expect((await sender.send(codeMessage())).ok).toBe(true);
  });

  it("does not follow a redirect, which would take the code elsewhere", async () => {
    const elsewhere = await startTwilio();
    twilio.fail({ kind: "answer", status: 307, headers: { location: `${elsewhere.url}/x` } }, 1);
    const sent = await open().sender.send(codeMessage());
    expect(sent).toMatchObject({ ok: false, failure: { code: "provider-error 20001" } });
    expect(elsewhere.received).toEqual([]);
    await elsewhere.stop();
  });
});

describe.each(Object.keys(TRANSPORTS))("Twilio Verify through %s", (transport) => {
  let twilio: TwilioStandIn;
  beforeEach(async () => {
    twilio = await startTwilio();
    return () => twilio.stop();
  });
  const open = () => twilioFixture({ apiUrl: twilio.url, provider: "twilio-verify", transport });

  it("sends our own code in the person's language", async () => {
    await open().sender.send(codeMessage({ locale: "hi", channel: "call" }));
    expect(twilio.accepted[0]?.form).toEqual({
      To: PHONE,
      Channel: "call",
      CustomCode: CODE,
      Locale: "hi",
    });
  });

  it("sends the newest challenge's code while an older one is pending", async () => {
    const { sender } = open();
    await sender.send(codeMessage());
    await sender.send(codeMessage({ code: "001122" }));
    expect(twilio.accepted.map(({ code }) => code)).toEqual([CODE, "001122"]);
  });

  it("reports the outcome, which frees the phone's five sends", async () => {
    const { lines, sender } = open();
    for (let i = 0; i < 5; i++) expect((await sender.send(codeMessage())).ok).toBe(true);
    expect(await sender.send(codeMessage())).toMatchObject({
      failure: { code: "verify-max-sends 60203" },
    });
    // Another node than the one that sent.
    await open().sender.reportShown(PHONE);
    expect(twilio.verifications[0]?.status).toBe("approved");
    expect((await sender.send(codeMessage())).ok).toBe(true);
    expect(lines).toEqual([]);
  });

  it("logs an outcome that could not be reported, once and without the phone", async () => {
    const { lines, sender } = open();
    await sender.send(codeMessage());
    const text = JSON.stringify({ code: 20500, message: `${PHONE} ${TEXT}` });
    twilio.fail({ kind: "answer", status: 500, text });
    await sender.reportShown(PHONE);
    const fields = { provider: "twilio-verify", reason: "provider-error 20500" };
    expect(lines).toEqual([JSON.stringify(["warn", "report-shown-failed", fields])]);
  });
});
