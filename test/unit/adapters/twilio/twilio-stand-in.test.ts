import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorNumber } from "../../../../src/adapters/twilio/failure-codes.ts";
import { fetchTransport } from "../../../../src/adapters/twilio/fetch-transport.ts";
import { TWILIO_ACCOUNT as ACCOUNT, type Form } from "../../../support/twilio/twilio-account.ts";
import { startTwilio, type TwilioStandIn } from "../../../support/twilio/twilio-stand-in.ts";

const PHONE = "+919876543210";
const SMS = { To: PHONE, MessagingServiceSid: ACCOUNT.messagingServiceSid, Body: "407218" };
const WHATSAPP = {
  To: `whatsapp:${PHONE}`,
  From: `whatsapp:${ACCOUNT.whatsappFrom}`,
  ContentSid: ACCOUNT.whatsappContentSid,
  ContentVariables: '{"1":"407218"}',
};
const CALL = {
  To: PHONE,
  From: ACCOUNT.voiceFrom,
  Twiml: '<?xml version="1.0"?><Response><Say voice="x">four</Say></Response>',
};
const MESSAGES = `/2010-04-01/Accounts/${ACCOUNT.accountSid}/Messages.json`;
const CALLS = `/2010-04-01/Accounts/${ACCOUNT.accountSid}/Calls.json`;
const VERIFY = `/v2/Services/${ACCOUNT.verifyServiceSid}/Verifications`;

const without = (form: Form, name: string): Form =>
  Object.fromEntries(Object.entries(form).filter(([each]) => each !== name));

describe("the Twilio stand-in", () => {
  let twilio: TwilioStandIn;
  let time = 0;
  beforeAll(async () => {
    twilio = await startTwilio({ now: () => time });
  });
  afterAll(() => twilio.stop());

  const post = async (path: string, form: Form, authToken: string = ACCOUNT.authToken) => {
    const { accountSid } = ACCOUNT;
    const transport = fetchTransport({ accountSid, authToken, apiUrl: twilio.url });
    const answer = await transport.post({ product: "api", path, form }, 2_000);
    if (answer.kind === "lost") throw new Error("lost");
    return answer;
  };

  it.each<[string, string, Form, number]>([
    ["a message to nobody", MESSAGES, without(SMS, "To"), 21604],
    ["a message from nobody", MESSAGES, without(SMS, "MessagingServiceSid"), 21603],
    ["a strange messaging service", MESSAGES, { ...SMS, MessagingServiceSid: "MG0" }, 21701],
    ["a strange number", MESSAGES, { ...SMS, From: "+15005550100" }, 21659],
    ["a phone that is none", MESSAGES, { ...SMS, To: "9876543210" }, 21211],
    ["a phone that opted out", MESSAGES, { ...SMS, To: "+15005550004" }, 21610],
    ["no text", MESSAGES, { ...SMS, Body: "" }, 21602],
    ["a text of 1,601 characters", MESSAGES, { ...SMS, Body: "a".repeat(1601) }, 21617],
    ["a callback that is no address", MESSAGES, { ...SMS, StatusCallback: "/x" }, 21609],
    ["a text and a template", MESSAGES, { ...WHATSAPP, Body: "x" }, 21656],
    ["a strange template", MESSAGES, { ...WHATSAPP, ContentSid: "HX0" }, 21655],
    ["variables that are no JSON", MESSAGES, { ...WHATSAPP, ContentVariables: "x" }, 21656],
    ["free text by WhatsApp", MESSAGES, { ...without(WHATSAPP, "ContentSid"), Body: "x" }, 63016],
    ["WhatsApp from an SMS number", MESSAGES, { ...WHATSAPP, From: ACCOUNT.from }, 63007],
    ["a call from a messaging service", CALLS, { ...CALL, From: "MG0" }, 21210],
    ["a call from nobody", CALLS, without(CALL, "From"), 21213],
    ["a call without words", CALLS, without(CALL, "Twiml"), 21205],
    ["a call with broken words", CALLS, { ...CALL, Twiml: "<Response><Say>" }, 21218],
    ["a code of three digits", VERIFY, { To: PHONE, Channel: "sms", CustomCode: "123" }, 60200],
    ["a strange channel", VERIFY, { To: PHONE, Channel: "fax" }, 60200],
    ["an outcome of nothing", `${VERIFY}/+15005550100`, { Status: "approved" }, 20404],
    ["another account", MESSAGES.replace(ACCOUNT.accountSid, "AC0"), SMS, 20404],
    ["another service", VERIFY.replace(ACCOUNT.verifyServiceSid, "VA0"), SMS, 20404],
  ])("the Twilio stand-in refuses %s", async (_, path, form, number) => {
    const before = twilio.accepted.length;
    const { body, status } = await post(path, form);
    expect(errorNumber(body)).toBe(number);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(twilio.accepted).toHaveLength(before);
  });

  it("the Twilio stand-in refuses wrong credentials before it looks at anything", async () => {
    const { body, status } = await post(MESSAGES, {}, "x");
    expect([status, errorNumber(body)]).toEqual([401, 20003]);
  });

  it("the Twilio stand-in takes what is right", async () => {
    for (const [path, form] of [
      [MESSAGES, SMS],
      [MESSAGES, WHATSAPP],
      [CALLS, CALL],
    ] as const) {
      expect((await post(path, form)).status).toBe(201);
    }
  });

  it("the Twilio stand-in sends its own Verify code again for ten minutes, but ours at once", async () => {
    const codeSent = async (form: Form) => {
      await post(VERIFY, { To: PHONE, Channel: "sms", ...form });
      return twilio.accepted.at(-1)?.code;
    };
    const own = await codeSent({});
    time += 10 * 60_000 - 1;
    expect(await codeSent({})).toBe(own);
    expect(await codeSent({ CustomCode: "407218" })).toBe("407218");
    time += 1;
    expect(await codeSent({})).not.toBe("407218");
  });
});
