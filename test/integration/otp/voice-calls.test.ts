import twilio from "twilio";
import { describe, expect, test } from "vitest";
import { twilioVoiceCalls, VOICE_PATH } from "../../../src/adapters/twilio/voice-calls.ts";
import type { CodeMessage } from "../../../src/core/otp/message.ts";
import { createApp } from "../../../src/http/create-app.ts";
import type { CodeSender } from "../../../src/ports/sms.ts";
import { customer } from "../../cases-extra/people.ts";
import { askForCode, resend, send, verify } from "../../support/gateway/client.ts";
import { checkAnswers } from "../../support/gateway/declared-answers.ts";
import { PUBLIC_URL, type TestOptions, testGateway } from "../../support/gateway/test-gateway.ts";
import { TWILIO_ACCOUNT as ACCOUNT } from "../../support/twilio/twilio-account.ts";
import { heardIn } from "../../support/twilio/twilio-messages.ts";
import { expectProblem } from "../http/expect-problem.ts";
import { faults } from "../http/failing-ports.ts";

const [PHONE, OTHER] = ["9876500001", "9876500002"];
const documents = { customers_v2: [customer("c-1", PHONE), customer("c-2", OTHER)] };
const CALL_SID = `CA${"2".repeat(32)}`;

/** A gateway whose provider asks what a call says, and the messages that it handed over. */
async function withCalls(options: Pick<TestOptions, "wrapState"> = {}) {
  const sent: CodeMessage[] = [];
  const wrapSender = (sender: CodeSender): CodeSender => ({
    ...sender,
    send(message) {
      sent.push(message);
      return sender.send(message);
    },
  });
  const made = await testGateway({ documents, ...options, wrapSender });
  const voiceCalls = twilioVoiceCalls({ ...ACCOUNT, brand: "EarlyBird" });
  const site = { ...made.site, voiceCalls };
  const app = createApp({
    gateway: made.gateway,
    site,
    backend: null,
    peerOf: () => "203.0.113.1",
    rawHeadOf: () => null,
  });
  checkAnswers(app, site, false);
  return { ...made, app, sent };
}

type World = Awaited<ReturnType<typeof withCalls>>;
type Form = Readonly<Record<string, string>>;

/** A call to the phone, as it was handed to the provider. */
async function called(world: World, phone = PHONE, more: object = {}) {
  const asked = await askForCode(world, phone, { channel: "call", ...more });
  expect(asked.status).toBe(202);
  const message = world.sent.at(-1);
  if (message === undefined) throw new Error("nobody was called");
  return { ...message, challenge_id: asked.body.challenge_id as string };
}

const keyPressed = (to: string): Form => ({
  AccountSid: ACCOUNT.accountSid,
  CallSid: CALL_SID,
  To: to,
  Digits: "1",
});

function press(world: World, reference: string, form: Form, token: string = ACCOUNT.authToken) {
  const path = `${VOICE_PATH}?call=${reference}`;
  const signature = twilio.getExpectedTwilioSignature(token, PUBLIC_URL + path, form);
  const headers = { "x-twilio-signature": signature };
  return send(world, path, { method: "POST", headers, body: new URLSearchParams(form) });
}

describe("a call", () => {
  test("a call speaks the code of its challenge once a key was pressed, and that code works", async () => {
    const world = await withCalls();
    const { challenge_id, code, reference, to } = await called(world);
    expect(reference).not.toContain(code);
    const answer = await press(world, reference, keyPressed(to));
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/xml"]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(heardIn(answer.body)).toBe(code);
    expect((await verify(world, challenge_id, code)).status).toBe(200);
  });

  test("a call leaves an audit line of a code that was spoken, and none of one that was not", async () => {
    const world = await withCalls();
    const { challenge_id, code, reference, to } = await called(world);
    const spoken = () =>
      world.lines.map((line) => JSON.parse(line)).filter(({ name }) => name === "otp.spoken");
    await press(world, reference, keyPressed(`+91${OTHER}`));
    expect(spoken()).toEqual([]);
    await press(world, reference, keyPressed(to));
    expect(spoken()).toMatchObject([{ event: "audit", message_id: CALL_SID }]);
    const asked = world.lines.map((line) => JSON.parse(line));
    const { phone_key } = asked.find(({ name }) => name === "otp.sent") ?? {};
    expect(spoken()[0].phone_key).toBe(phone_key);
    expect(JSON.stringify(spoken())).not.toContain(code);
    await verify(world, challenge_id, code);
    await press(world, reference, keyPressed(to));
    expect(spoken(), "the second time the code was used").toHaveLength(1);
  });

  test("a call speaks the person's language", async () => {
    const world = await withCalls();
    const { code, reference, to } = await called(world, PHONE, { locale: "hi" });
    const { body } = await press(world, reference, keyPressed(to));
    expect(body).toContain('language="hi-IN"');
    expect(heardIn(body)).toBe(code);
  });

  test("a call says no code that was used or is over", async () => {
    const world = await withCalls();
    const used = await called(world);
    await verify(world, used.challenge_id, used.code);
    const after = await press(world, used.reference, keyPressed(used.to));
    expect([after.status, heardIn(after.body)]).toEqual([200, ""]);
    const old = await called(world, OTHER);
    world.clock.advance(5 * 60_000);
    const late = await press(world, old.reference, keyPressed(old.to));
    expect([late.status, heardIn(late.body)]).toEqual([200, ""]);
    expect(late.body).toContain("<Say");
  });

  test("a call that was never made says nothing, though the code went out by SMS", async () => {
    const world = await withCalls();
    const asked = await askForCode(world, PHONE);
    const message = world.sent.at(-1);
    const { reference = "", to = "" } = message ?? {};
    expect(heardIn((await press(world, reference, keyPressed(to))).body)).toBe("");
    await resend(world, asked.body.challenge_id, { channel: "call" });
    await world.runtime.settle();
    expect(heardIn((await press(world, reference, keyPressed(to))).body)).toBe(message?.code);
  });
});

describe("a question for a code", () => {
  test.each<[string, (form: Form) => Form]>([
    ["no key", ({ Digits, ...form }) => form],
    ["an empty key", (form) => ({ ...form, Digits: "" })],
    ["another account", (form) => ({ ...form, AccountSid: `AC${"9".repeat(32)}` })],
    ["another phone", (form) => ({ ...form, To: `+91${OTHER}` })],
    ["no phone", ({ To, ...form }) => form],
  ])("a question for a code with %s is 403, and the code is not said", async (_, change) => {
    const world = await withCalls();
    const { code, reference, to } = await called(world);
    const answer = await press(world, reference, change(keyPressed(to)));
    expectProblem(answer, 403, "not-owner");
    expect(JSON.stringify(answer.body)).not.toContain(code);
  });

  test("a question for a code is 403 without Twilio's signature, or with one of another call's address", async () => {
    const world = await withCalls();
    const mine = await called(world);
    const other = await called(world, OTHER);
    const form = keyPressed(mine.to);
    expectProblem(await press(world, mine.reference, form, "c".repeat(32)), 403, "not-owner");
    const path = `${VOICE_PATH}?call=${mine.reference}`;
    const unsigned = { method: "POST", body: new URLSearchParams(form) };
    expectProblem(await send(world, path, unsigned), 403, "not-owner");
    const url = `${PUBLIC_URL}${VOICE_PATH}?call=${other.reference}`;
    const signature = twilio.getExpectedTwilioSignature(ACCOUNT.authToken, url, form);
    const headers = { "x-twilio-signature": signature };
    expectProblem(await send(world, path, { ...unsigned, headers }), 403, "not-owner");
  });

  test("a question for a code is 403 for a reference that is none of ours, a challenge's id included", async () => {
    const world = await withCalls();
    const { challenge_id, reference, to } = await called(world);
    for (const wrong of ["", "x", challenge_id, `${reference}A`, reference.slice(0, -1)]) {
      expectProblem(await press(world, wrong, keyPressed(to)), 403, "not-owner");
    }
  });

  test("a question for a code is 503 while the store is down, and is answered when it is up again", async () => {
    const ports = faults();
    const world = await withCalls(ports.options);
    const { code, reference, to } = await called(world);
    ports.failOn(() => true);
    expectProblem(await press(world, reference, keyPressed(to)), 503, "store-unavailable");
    ports.heal();
    expect(heardIn((await press(world, reference, keyPressed(to))).body)).toBe(code);
  });

  test("a question for a code is no challenge id and no code: nobody logs in by it", async () => {
    const world = await withCalls();
    const { code, reference } = await called(world);
    expectProblem(await verify(world, reference, code), 400, "otp-rejected");
  });

  test("a question for a code leaves no phone, no code and no reference in the log", async () => {
    const world = await withCalls();
    const { code, reference, to } = await called(world);
    await press(world, reference, keyPressed(to));
    const text = world.lines.join("\n");
    for (const secret of [to.slice(3), reference]) expect(text).not.toContain(secret);
    expect(text).not.toMatch(new RegExp(`(?<![\\w-])${code}(?![\\w-])`));
  });
});
