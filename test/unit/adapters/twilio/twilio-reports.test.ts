import fc from "fast-check";
import twilio from "twilio";
import { describe, expect, it } from "vitest";
import { twilioReports } from "../../../../src/adapters/twilio/reports.ts";
import { isSignedByTwilio } from "../../../../src/adapters/twilio/signature.ts";
import { TWILIO_ACCOUNT as ACCOUNT } from "../../../support/twilio/twilio-account.ts";

const { accountSid, authToken } = ACCOUNT;
const URL_ = "https://login.earlybird.example/webhooks/twilio/status";
const SID = `SM${"0123456789abcdef".repeat(2)}`;
const FORM = { AccountSid: accountSid, MessageSid: SID, MessageStatus: "delivered" };

const text = fc.string({ unit: fc.oneof(fc.constantFrom(..."aA=&+% é\u0000आ👩:/"), fc.string()) });
const form = fc.array(fc.tuple(fc.oneof(fc.constantFrom("A", "B", "a", "10", "9"), text), text), {
  maxLength: 12,
});
const url = fc
  .tuple(
    fc.constantFrom("https", "http"),
    fc.constantFrom(
      "a.example",
      "a.example:8443",
      "a.example:443",
      "a.example:80",
      "[::1]:99",
      "u:p@a.example",
    ),
    fc.constantFrom("/", "/x/y", "/x?y=1", "/x?y=a%20b", "/x?z=1:2"),
  )
  .map(([scheme, host, rest]) => `${scheme}://${host}${rest}`);

/** As the SDK takes a form: repeated parameters as lists. */
function grouped(entries: readonly (readonly [string, string])[]): Record<string, string[]> {
  const groups: Record<string, string[]> = Object.create(null);
  for (const [name, value] of entries) groups[name] = [...(groups[name] ?? []), value];
  return groups;
}

const parameters = (entries: readonly (readonly [string, string])[]): URLSearchParams =>
  new URLSearchParams(entries.map(([name, value]) => [name, value]));

/** URLSearchParams cannot hold a lone surrogate: what is signed is what arrives. */
const arriving = (entries: readonly (readonly [string, string])[]) => [...parameters(entries)];

describe("Twilio's signature", () => {
  it("Twilio's signature is taken where the SDK takes it, for any form and address", async () => {
    await fc.assert(
      fc.asyncProperty(url, url, form, async (signed, called, sent) => {
        const entries = arriving(sent);
        const values = grouped(entries);
        const signature = twilio.getExpectedTwilioSignature(authToken, signed, values);
        const expected = twilio.validateRequest(authToken, signature, called, values);
        const taken = await isSignedByTwilio(authToken, called, parameters(entries), signature);
        expect(taken).toBe(expected);
      }),
      { numRuns: 1000 },
    );
  });

  it("Twilio's signature is refused where the SDK would have to rewrite the address first: ours is as it is called", async () => {
    const signature = twilio.getExpectedTwilioSignature(authToken, "https://a.example/", FORM);
    const sent = new URLSearchParams(FORM);
    expect(twilio.validateRequest(authToken, signature, "https://a.example", FORM)).toBe(true);
    expect(await isSignedByTwilio(authToken, "https://a.example", sent, signature)).toBe(false);
  });

  it("Twilio's signature is refused where anything was changed", async () => {
    await fc.assert(
      fc.asyncProperty(form, form, async (signed, sent) => {
        const signature = twilio.getExpectedTwilioSignature(
          authToken,
          URL_,
          grouped(arriving(signed)),
        );
        const entries = arriving(sent);
        const expected = twilio.validateRequest(authToken, signature, URL_, grouped(entries));
        expect(await isSignedByTwilio(authToken, URL_, parameters(entries), signature)).toBe(
          expected,
        );
      }),
    );
  });

  it("Twilio's signature is refused for another token, an empty one, and for what is no address", async () => {
    const signature = twilio.getExpectedTwilioSignature(authToken, URL_, FORM);
    const sent = new URLSearchParams(FORM);
    expect(await isSignedByTwilio(authToken, URL_, sent, signature)).toBe(true);
    expect(await isSignedByTwilio("f".repeat(32), URL_, sent, signature)).toBe(false);
    expect(await isSignedByTwilio(authToken, URL_, sent, "")).toBe(false);
    expect(await isSignedByTwilio(authToken, URL_, sent, signature.slice(0, -1))).toBe(false);
    expect(await isSignedByTwilio(authToken, "/webhooks", sent, signature)).toBe(false);
  });
});

describe("a status callback", () => {
  const reports = twilioReports({ accountSid, authToken });
  const read = (entries: Record<string, string> | [string, string][]) => {
    const list = Array.isArray(entries) ? entries : Object.entries(entries);
    const signature = twilio.getExpectedTwilioSignature(authToken, URL_, grouped(list));
    return reports.read(URL_, new URLSearchParams(list), signature);
  };

  it("a status callback tells what became of a message", async () => {
    expect(await read(FORM)).toEqual({ messageId: SID, status: "delivered", errorCode: null });
    expect(await read({ ...FORM, MessageStatus: "undelivered", ErrorCode: "30003" })).toEqual({
      messageId: SID,
      status: "undelivered",
      errorCode: "30003",
    });
  });

  it("a status callback tells what became of a call", async () => {
    const CallSid = SID.replace("SM", "CA");
    expect(await read({ AccountSid: accountSid, CallSid, CallStatus: "no-answer" })).toEqual({
      messageId: CallSid,
      status: "no-answer",
      errorCode: null,
    });
  });

  it("a status callback is nothing without its signature", async () => {
    expect(await reports.read(URL_, new URLSearchParams(FORM), null)).toBeNull();
    expect(await reports.read(URL_, new URLSearchParams(FORM), "x")).toBeNull();
  });

  it.each<[string, Record<string, string>]>([
    ["is of another account", { AccountSid: `AC${"f".repeat(32)}` }],
    ["names no message", { MessageSid: "" }],
    ["names something else", { MessageSid: "+919876543210" }],
    ["has a strange status", { MessageStatus: "sent to +919876543210" }],
  ])("a status callback is nothing where it %s", async (_, changes) => {
    expect(await read({ ...FORM, ...changes })).toBeNull();
  });

  it("a status callback is nothing where a parameter is there twice", async () => {
    const twice: [string, string][] = [
      ...Object.entries(FORM),
      ["AccountSid", `AC${"f".repeat(32)}`],
    ];
    expect(await read(twice)).toBeNull();
  });

  it("a status callback drops an error code that is none", async () => {
    expect(await read({ ...FORM, ErrorCode: "+919876543210" })).toMatchObject({ errorCode: null });
  });
});
