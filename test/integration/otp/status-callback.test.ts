import twilio from "twilio";
import { describe, expect, test } from "vitest";
import { twilioReports } from "../../../src/adapters/twilio/reports.ts";
import { createApp } from "../../../src/http/create-app.ts";
import { send } from "../../support/gateway/client.ts";
import { checkAnswers } from "../../support/gateway/declared-answers.ts";
import { PUBLIC_URL, testGateway } from "../../support/gateway/test-gateway.ts";
import { TWILIO_ACCOUNT as ACCOUNT } from "../../support/twilio/twilio-account.ts";
import { expectProblem } from "../http/expect-problem.ts";

const PATH = "/webhooks/twilio/status";
const SMS = `SM${"1".repeat(32)}`;
const CALL = `CA${"2".repeat(32)}`;
const PHONE = "+919876500001";
const GOOD = {
  AccountSid: ACCOUNT.accountSid,
  To: PHONE,
  From: ACCOUNT.from,
  MessageSid: SMS,
  MessageStatus: "delivered",
};

/** A gateway that takes Twilio's callbacks. */
async function withCallbacks() {
  const made = await testGateway();
  const { gateway, settings } = made;
  const { issuer } = settings.accessTokens;
  const deliveryReports = twilioReports(ACCOUNT);
  const site = { ...settings.server, issuer, outbox: null, deliveryReports, voiceCalls: null };
  const app = createApp({
    gateway,
    site,
    backend: null,
    peerOf: () => "203.0.113.1",
    rawHeadOf: () => null,
  });
  checkAnswers(app, site, false);
  const audited = () =>
    made.lines.map((line) => JSON.parse(line)).filter(({ name }) => name === "otp.reported");
  return { app, audited, lines: made.lines };
}

type Form = Readonly<Record<string, string>>;

const signed = (form: Form, url = PUBLIC_URL + PATH, token: string = ACCOUNT.authToken) =>
  twilio.getExpectedTwilioSignature(token, url, form);

function posted(form: Form, signature: string | null = signed(form)): RequestInit {
  const headers = signature === null ? {} : { "x-twilio-signature": signature };
  return { method: "POST", headers, body: new URLSearchParams(form) };
}

describe("a status callback", () => {
  test.each<[Form, object]>([
    [GOOD, { message_id: SMS, detail: "delivered" }],
    [
      { ...GOOD, MessageStatus: "read" },
      { message_id: SMS, detail: "read" },
    ],
    [
      { ...GOOD, MessageStatus: "undelivered", ErrorCode: "30003" },
      { message_id: SMS, detail: "undelivered 30003" },
    ],
    [
      { AccountSid: ACCOUNT.accountSid, CallSid: CALL, CallStatus: "busy" },
      { message_id: CALL, detail: "busy" },
    ],
  ])("that Twilio signed is 204, empty, and in the audit: %j", async (form, expected) => {
    const gateway = await withCallbacks();
    const answer = await send(gateway, PATH, posted(form));
    expect([answer.status, answer.body]).toEqual([204, ""]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(gateway.audited()).toMatchObject([expected]);
    expect(gateway.audited()[0]).not.toHaveProperty("phone_key");
  });

  test.each(["queued", "sending", "sent", "ringing", "in-progress"])(
    "a status callback on the way (%s) is taken and not kept",
    async (MessageStatus) => {
      const gateway = await withCallbacks();
      const answer = await send(gateway, PATH, posted({ ...GOOD, MessageStatus }));
      expect([answer.status, gateway.audited()]).toEqual([204, []]);
    },
  );

  test.each<[string, RequestInit]>([
    ["no signature", posted(GOOD, null)],
    ["an empty signature", posted(GOOD, "")],
    ["the signature of another form", posted(GOOD, signed({ ...GOOD, MessageStatus: "failed" }))],
    ["the signature of another address", posted(GOOD, signed(GOOD, `http://evil.test${PATH}`))],
    ["another account's token", posted(GOOD, signed(GOOD, undefined, "c".repeat(32)))],
    ["another account's id", posted({ ...GOOD, AccountSid: `AC${"9".repeat(32)}` })],
    ["no message", posted({ AccountSid: ACCOUNT.accountSid, MessageStatus: "delivered" })],
    ["a strange status", posted({ ...GOOD, MessageStatus: "<script>" })],
    ["a phone for an id", posted({ ...GOOD, MessageSid: PHONE })],
  ])("a status callback with %s is 403, and nothing is kept", async (_, init) => {
    const gateway = await withCallbacks();
    expectProblem(await send(gateway, PATH, init), 403, "not-owner");
    expect(gateway.audited()).toEqual([]);
    expect(gateway.lines.join("\n")).not.toContain(PHONE.slice(3));
  });

  test("a status callback is judged by our own address, whatever Host and Forwarded say, query included", async () => {
    const gateway = await withCallbacks();
    const url = `${PUBLIC_URL}${PATH}?bodySHA256=x`;
    const init = posted(GOOD, signed(GOOD, url));
    const headers = { ...init.headers, host: "evil.test", "x-forwarded-proto": "https" };
    expect((await send(gateway, `${PATH}?bodySHA256=x`, { ...init, headers })).status).toBe(204);
    expectProblem(await send(gateway, `${PATH}?bodySHA256=y`, init), 403, "not-owner");
  });

  test("a status callback without an end is read no further than a report can be", async () => {
    const gateway = await withCallbacks();
    let [pulls, cancelled] = [0, false];
    const body = new ReadableStream({
      pull(controller) {
        pulls++;
        controller.enqueue(new Uint8Array(4096).fill(97));
      },
      cancel() {
        cancelled = true;
      },
    });
    const init = { method: "POST", body, duplex: "half" } as RequestInit;
    expectProblem(await send(gateway, PATH, init), 413, "payload-too-large");
    expect(pulls).toBeLessThan(10);
    expect(cancelled).toBe(true);
  });

  test("a status callback by GET is 405, and without Twilio there is no such place", async () => {
    const gateway = await withCallbacks();
    const { headers, status } = await send(gateway, PATH, { method: "GET" });
    expect([status, headers.get("allow")]).toEqual([405, "POST"]);
    expectProblem(await send(await testGateway(), PATH, posted(GOOD)), 404, "not-found");
  });
});
