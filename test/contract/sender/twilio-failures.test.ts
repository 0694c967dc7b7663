import { beforeEach, describe, expect, it } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import { TWILIO_ACCOUNT as ACCOUNT, REFUSED_PHONES } from "../../support/twilio/twilio-account.ts";
import {
  CODE,
  codeMessage,
  PHONE,
  PROVIDERS,
  SECRETS,
  TEXT,
  TRANSPORTS,
  type TwilioFixtureOptions,
  twilioFixture,
} from "../../support/twilio/twilio-fixture.ts";
import {
  startTwilio,
  type TwilioFault,
  type TwilioStandIn,
} from "../../support/twilio/twilio-stand-in.ts";

const QUOTING = JSON.stringify({ code: 20500, message: `${PHONE} ${TEXT} ${ACCOUNT.authToken}` });
/** JSON whose number is a code, a phone, or no number at all. */
const ODD_NUMBERS = [Number(CODE), Number(PHONE), -20003, 20003.5, "20003", null, {}];

interface Kind {
  readonly fault: TwilioFault;
  readonly failure: string;
  /** Requests that may be made for one message. */
  readonly requests: number;
  /** Whether the person gets the message although it looks failed. */
  readonly accepted?: true;
}

const answer = (status: number, more: object = {}): TwilioFault => ({
  kind: "answer",
  status,
  ...more,
});

const KINDS: Readonly<Record<string, Kind>> = {
  "delays its answer": {
    fault: { kind: "delay", ms: 10_000 },
    failure: "timeout",
    requests: 1,
    accepted: true,
  },
  "drops the connection after accepting": {
    fault: { kind: "drop", accepts: true },
    failure: "network",
    requests: 1,
    accepted: true,
  },
  "drops the connection before accepting": {
    fault: { kind: "drop", accepts: false },
    failure: "network",
    requests: 1,
  },
  "answers 500": { fault: answer(500), failure: "provider-error 20500", requests: 1 },
  "answers 500 after accepting": {
    fault: answer(500, { accepts: true }),
    failure: "provider-error 20500",
    requests: 1,
    accepted: true,
  },
  "answers 502 as a proxy does": {
    fault: answer(502, { text: `<html>${TEXT}</html>` }),
    failure: "provider-error http-502",
    requests: 1,
  },
  "answers 503 as a proxy does, after accepting": {
    fault: answer(503, { text: "<html>", accepts: true }),
    failure: "provider-error http-503",
    requests: 1,
    accepted: true,
  },
  "answers 503 itself": { fault: answer(503), failure: "provider-error 20503", requests: 3 },
  "answers 429": { fault: answer(429), failure: "rate-limited 20429", requests: 3 },
  "answers 429 and wants a minute": {
    fault: answer(429, { headers: { "retry-after": "60" } }),
    failure: "rate-limited 20429",
    requests: 1,
  },
  "answers 429 for a spent daily budget": {
    fault: answer(429, { text: '{"code":63038}' }),
    failure: "rate-limited 63038",
    requests: 1,
  },
  "answers 400": { fault: answer(400), failure: "rejected 20001", requests: 1 },
  "answers 400 quoting everything": {
    fault: answer(400, { text: QUOTING }),
    failure: "rejected 20500",
    requests: 1,
  },
  "answers 201 with rubbish": {
    fault: answer(201, { text: `<<<${TEXT}`, accepts: true }),
    failure: "provider-error http-201",
    requests: 1,
    accepted: true,
  },
  "answers 201 with a strange SID": {
    fault: answer(201, { text: JSON.stringify({ sid: PHONE }) }),
    failure: "provider-error http-201",
    requests: 1,
  },
};

const noSecretIn = (...values: readonly unknown[]): void => {
  const text = JSON.stringify(values);
  for (const secret of SECRETS) expect(text).not.toContain(secret);
};

describe.each(Object.keys(TRANSPORTS))("a Twilio that fails, through %s", (transport) => {
  let twilio: TwilioStandIn;
  beforeEach(async () => {
    twilio = await startTwilio();
    return () => twilio.stop();
  });
  const open = (options: Partial<TwilioFixtureOptions> = {}) =>
    twilioFixture({ apiUrl: twilio.url, transport, ...options });

  for (const provider of PROVIDERS) {
    it.each(Object.entries(KINDS))(`${provider}: %s`, async (_, kind) => {
      twilio.fail(kind.fault);
      const timeoutMs = kind.fault.kind === "delay" ? 300 : 4_000;
      const { lines, sender } = open({ provider, timeoutMs });
      const sent = await sender.send(codeMessage());
      const code = sent.ok ? "" : sent.failure.code;
      expect(code.startsWith(kind.failure), code).toBe(true);
      expect(twilio.received).toHaveLength(kind.requests);
      expect(twilio.accepted).toHaveLength(kind.accepted ? 1 : 0);
      noSecretIn(sent, lines);
      expect(lines).toEqual([]);
    });
  }

  it("answers in time, however slow Twilio is", async () => {
    twilio.fail({ kind: "delay", ms: 10_000 });
    const started = performance.now();
    await open({ timeoutMs: 300 }).sender.send(codeMessage());
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  it("repeats what was refused unprocessed, and sends one message", async () => {
    for (const fault of [answer(429), answer(503)]) {
      twilio.fail(fault, 2);
      const { sender, waits } = open();
      const before = twilio.accepted.length;
      expect((await sender.send(codeMessage())).ok).toBe(true);
      expect(twilio.accepted).toHaveLength(before + 1);
      expect(waits).toHaveLength(2);
      expect(waits[0]).toBeLessThanOrEqual(250);
      expect(waits[1]).toBeGreaterThanOrEqual(250);
    }
  });

  it("waits as long as Twilio asks for before it repeats", async () => {
    twilio.fail(answer(429, { headers: { "retry-after": "1" } }), 1);
    const { sender, waits } = open();
    expect((await sender.send(codeMessage())).ok).toBe(true);
    expect(waits[0]).toBeGreaterThanOrEqual(1_000);
  });

  it("takes no number from a body that is not Twilio's", async () => {
    for (const number of ODD_NUMBERS) {
      twilio.fail(answer(400, { text: JSON.stringify({ code: number }) }), 1);
      const sent = await open().sender.send(codeMessage());
      expect(sent).toMatchObject({ ok: false, failure: { code: "rejected http-400" } });
    }
  });

  it("names what is wrong with a phone", async () => {
    const { sender } = open();
    const failures: string[] = [];
    for (const to of REFUSED_PHONES.keys()) {
      const sent = await sender.send(codeMessage({ to: to as Phone }));
      failures.push(sent.ok ? "" : sent.failure.code);
      noSecretIn(sent);
    }
    expect(failures).toEqual([
      "bad-number 21211",
      "unreachable 21612",
      "region-not-enabled 21408",
      "unsubscribed 21610",
      "bad-number 21614",
    ]);
    expect((await sender.send(codeMessage())).ok).toBe(true);
  });

  it("names what is wrong with the account", async () => {
    const { sender } = open({ access: { authToken: "f".repeat(32) } });
    const sent = await sender.send(codeMessage());
    expect(sent).toMatchObject({ ok: false, failure: { code: "auth 20003" } });
    expect(twilio.received).toHaveLength(1);
  });
});
