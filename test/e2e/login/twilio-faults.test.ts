import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  audited,
  describeFleet,
  eventually,
  message,
  messagesTo,
  sharedFleet,
} from "../../support/gateway/fleet.ts";
import { send, verify, type WireAnswer } from "../../support/gateway/gateway-client.ts";
import type { TwilioFault } from "../../support/twilio/twilio-stand-in.ts";

interface Case {
  readonly name: string;
  readonly fault: TwilioFault;
  readonly reason: string;
  /** How often Twilio is asked for the one message; once by default. */
  readonly tries?: number;
  /** Whether the phone gets the message all the same. */
  readonly arrives?: boolean;
}

const phoneOf = (n: number): string => `98765${10_000 + n}`;
const drop = (accepts: boolean): TwilioFault => ({ kind: "drop", accepts });
const answers = (status: number, more: object = {}): TwilioFault => {
  return { kind: "answer", status, ...more };
};
const rubbish = { text: "<html>Welcome</html>", accepts: true };
const elsewhere = { text: "", headers: { location: "/elsewhere" } };
const [LATE, CUT, BROKEN] = ["timeout", "network ECONNRESET", "provider-error 20500"];

const CASES: readonly Case[] = [
  { name: "delays 10 s", fault: { kind: "delay", ms: 10_000 }, reason: LATE, arrives: true },
  { name: "drops the connection", fault: drop(false), reason: CUT },
  { name: "takes it on, drops the connection", fault: drop(true), reason: CUT, arrives: true },
  { name: "says 500", fault: answers(500), reason: BROKEN },
  {
    name: "takes it on, says 500",
    fault: answers(500, { accepts: true }),
    reason: BROKEN,
    arrives: true,
  },
  { name: "says 400", fault: answers(400), reason: "rejected 20001" },
  { name: "says 429", fault: answers(429), reason: "rate-limited 20429", tries: 3 },
  {
    name: "says rubbish",
    fault: answers(200, rubbish),
    reason: "provider-error http-200",
    arrives: true,
  },
  {
    name: "says JSON that is no message",
    fault: answers(201, { text: '{"sid":null}' }),
    reason: "provider-error http-201",
  },
  { name: "redirects", fault: answers(307, elsewhere), reason: "provider-error http-307" },
];

describeFleet("where Twilio", () => {
  const customers = [...Array(40).keys()].map((n) => customer(`c-${n}`, phoneOf(n)));
  const fleet = sharedFleet({ customers });
  const gateway = () => fleet().gateways[0];
  let phones = 0;
  /** ms of the answers to customers, with a fault and without. */
  const took = { failing: [] as number[], healthy: [] as number[] };

  async function ask(phone: string, times: number[] = []): Promise<WireAnswer> {
    const startedAt = performance.now();
    const answer = await send(gateway(), "POST", "/auth/otp", { phone });
    times.push(Math.round(performance.now() - startedAt));
    return answer;
  }

  it.each(CASES)(
    "no client can tell that Twilio $name; another channel works at once",
    async (made) => {
      const { arrives = false, fault, reason, tries = 1 } = made;
      const { twilio } = fleet();
      const [phone, other, stranger] = [
        phoneOf(phones++),
        phoneOf(phones++),
        `98111${10_000 + phones}`,
      ];
      const healthy = await ask(other, took.healthy);
      // It arrives, and closes what the faults before it had begun.
      await message(fleet(), other);
      const [lines, requests] = [gateway().log().length, twilio.received.length];
      twilio.fail(fault, tries);
      const failing = await ask(phone, took.failing);
      for (const answer of [failing, await ask(stranger)])
        expect(seen(answer)).toEqual(seen(healthy));
      await eventually(() => (twilio.received.length >= requests + tries ? true : undefined));
      const code = await loginByCall(phone, failing.body.challenge_id);
      await eventually(() => failuresIn(gateway().log().slice(lines))[0]);
      // Longer than any further try would wait.
      await sleep(600);
      expectSaidOnce(gateway().log().slice(lines), reason);
      const sms = messagesTo(fleet(), phone).filter(({ channel }) => channel === "sms");
      expect(sms.map((each) => each.code)).toEqual(arrives ? [code] : []);
      const received = twilio.received.slice(requests).map(({ path }) => path.split("/").at(-1));
      expect(received).toEqual([...Array(tries).fill("Messages.json"), "Calls.json"]);
    },
  );

  /** @returns the code, which a person heard */
  async function loginByCall(phone: string, challenge_id: string): Promise<string> {
    const again = { challenge_id, channel: "call" };
    const resent = await send(gateway(), "POST", "/auth/otp/resend", again);
    expect([resent.status, resent.body.channel]).toEqual([202, "call"]);
    const { code } = await eventually(() =>
      messagesTo(fleet(), phone).find(({ channel }) => channel === "call"),
    );
    expect((await verify(gateway(), challenge_id, code)).status).toBe(200);
    return code;
  }

  it("where Twilio fails, the answer is no slower", () => {
    const [failing, healthy] = [median(took.failing), median(took.healthy)];
    const slowest = Math.max(...took.failing);
    console.log(
      `answered within ${failing} ms (healthy: ${healthy} ms), the slowest ${slowest} ms`,
    );
    expect(failing).toBeLessThan(healthy * 2 + 50);
    expect(slowest).toBeLessThan(2_000);
  });

  it("where Twilio refuses five messages in a row, nothing is sent for a while, and no client learns of it", async () => {
    const { twilio } = fleet();
    const opened = () =>
      gateway()
        .log()
        .filter(({ event }) => event === "sms-circuit-open");
    twilio.fail(answers(503, { text: "{}" }));
    for (let n = 0; n < 5; n++) expect((await ask(phoneOf(phones++))).status).toBe(202);
    await eventually(() => opened()[0]);
    twilio.heal();
    const requests = twilio.received.length;
    for (const phone of [phoneOf(phones++), "9811199999"]) {
      expect((await ask(phone)).status, "alike for known and unknown").toBe(202);
      const other = { phone, channel: "whatsapp" };
      expect((await send(gateway(), "POST", "/auth/otp", other)).status).toBe(202);
    }
    await eventually(() => twilio.received[requests]);
    await sleep(300);
    const senders = twilio.received.slice(requests).map(({ form }) => form["From"]);
    expect(senders, "the customer alone").toEqual([expect.stringMatching(/^whatsapp:/)]);
    expect(opened()).toHaveLength(1);
  });
});

type Lines = Parameters<typeof audited>[0];
const failuresIn = (lines: Lines) => audited(lines, "otp.send-failed");

/** The reason stands in the log once, and in the audit once. */
function expectSaidOnce(lines: Lines, reason: string): void {
  const line = { level: "error", provider: "twilio", channel: "sms", reason };
  expect(lines.filter(({ event }) => event === "send-failed")).toMatchObject([line]);
  expect(failuresIn(lines)).toMatchObject([{ detail: `sms ${reason}` }]);
}

/** What a client sees, but for what is random or counts its own requests. */
function seen({ body, headers, status }: WireAnswer) {
  const own = ["date", "x-request-id", "ratelimit"];
  const kept = [...headers].map(([name, value]) => [name, own.includes(name) ? "..." : value]);
  return { status, headers: kept, body: { ...body, challenge_id: body.challenge_id.length } };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;
