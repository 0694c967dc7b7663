import { describe, expect, it } from "vitest";
import { messagingRoutes, type TwilioSenders } from "../../../../src/adapters/twilio/requests.ts";
import { urlOf } from "../../../../src/adapters/twilio/transport.ts";
import { CHANNELS } from "../../../../src/core/otp/message.ts";
import { TWILIO_ACCOUNT as ACCOUNT } from "../../../support/twilio/twilio-account.ts";
import { codeMessage } from "../../../support/twilio/twilio-fixture.ts";

const NONE: TwilioSenders = {
  accountSid: ACCOUNT.accountSid,
  messagingServiceSid: null,
  from: null,
  voiceFrom: null,
  whatsappFrom: null,
  whatsappContentSid: null,
};
const OPTIONS = {
  brand: "EarlyBird",
  codeTtlSeconds: 300,
  statusUrl: null,
  voiceUrl: "https://door.example/v",
};

const routesOf = (senders: Partial<TwilioSenders>) =>
  messagingRoutes({ ...NONE, ...senders }, OPTIONS);
const channelsOf = (senders: Partial<TwilioSenders>) =>
  CHANNELS.filter((channel) => routesOf(senders)[channel] !== null);

describe("the routes of Twilio's messages", () => {
  it.each<[string, Partial<TwilioSenders>, readonly string[]]>([
    ["nothing", {}, []],
    ["a number", { from: "+1" }, ["sms"]],
    ["a messaging service, which cannot call", { messagingServiceSid: "MG1" }, ["sms"]],
    ["a voice number", { voiceFrom: "+1" }, ["call"]],
    ["a WhatsApp number without a template", { whatsappFrom: "+1" }, []],
    ["a template without a WhatsApp number", { whatsappContentSid: "HX1" }, []],
    ["both", { whatsappFrom: "+1", whatsappContentSid: "HX1" }, ["whatsapp"]],
    ["everything", ACCOUNT, ["sms", "whatsapp", "call"]],
  ])("the routes of Twilio's messages with %s", (_, senders, channels) => {
    expect(channelsOf(senders)).toEqual(channels);
  });

  it("the routes of Twilio's messages prefer the messaging service to the number, and never name both", () => {
    const both = routesOf({ from: "+1", messagingServiceSid: "MG1" }).sms?.(codeMessage());
    expect(both?.form).toMatchObject({ MessagingServiceSid: "MG1" });
    expect(both?.form).not.toHaveProperty("From");
    const number = routesOf({ from: "+1" }).sms?.(codeMessage());
    expect(number?.form).toMatchObject({ From: "+1" });
  });

  it("the routes of Twilio's messages take a WhatsApp number with or without its prefix", () => {
    for (const whatsappFrom of ["+1", "whatsapp:+1"]) {
      const route = routesOf({ whatsappFrom, whatsappContentSid: "HX1" }).whatsapp;
      expect(route?.(codeMessage()).form).toMatchObject({ From: "whatsapp:+1" });
    }
  });

  it("the routes of Twilio's messages ask for no callback where Twilio could not reach us", () => {
    for (const channel of CHANNELS) {
      const request = routesOf(ACCOUNT)[channel]?.(codeMessage({ channel }));
      expect(request?.form).not.toHaveProperty("StatusCallback");
    }
  });
});

describe("the address of a request", () => {
  it("the address of a request is Twilio's own host for each product, or the one that was set", () => {
    const api = { product: "api", path: "/a", form: {} } as const;
    const verify = { product: "verify", path: "/v", form: {} } as const;
    expect(urlOf(api, null)).toBe("https://api.twilio.com/a");
    expect(urlOf(verify, null)).toBe("https://verify.twilio.com/v");
    expect(urlOf(verify, "http://127.0.0.1:1//")).toBe("http://127.0.0.1:1/v");
  });
});
