import { beforeEach, describe, expect, it } from "vitest";
import { freePort } from "../../support/stores/redis-server.ts";
import { TWILIO_ACCOUNT as ACCOUNT } from "../../support/twilio/twilio-account.ts";
import {
  codeMessage,
  PROVIDERS,
  SECRETS,
  TRANSPORTS,
  twilioFixture,
} from "../../support/twilio/twilio-fixture.ts";
import {
  startTwilio,
  type TwilioFault,
  type TwilioStandIn,
} from "../../support/twilio/twilio-stand-in.ts";

const says = (status: number, body: object): TwilioFault => {
  return { kind: "answer", status, text: JSON.stringify(body) };
};

const FAILING: Readonly<Record<string, [TwilioFault, string]>> = {
  "refuses our token": [says(401, { code: 20003 }), "auth 20003"],
  "does not know the account": [says(404, { code: 20404 }), "misconfigured 20404"],
  "is broken": [says(500, { code: 20500 }), "provider-error 20500"],
  "says something else": [
    { kind: "answer", status: 200, text: "<html>" },
    "misconfigured not-active",
  ],
  "has suspended the account": [
    says(200, { sid: ACCOUNT.accountSid, status: "suspended" }),
    "misconfigured not-active",
  ],
  "cuts the connection": [{ kind: "drop", accepts: false }, "network"],
};

const CASES = Object.keys(TRANSPORTS).flatMap((transport) =>
  PROVIDERS.map((provider) => ({ transport, provider })),
);

describe.each(CASES)("the probe of $provider through $transport", ({ provider, transport }) => {
  let twilio: TwilioStandIn;
  beforeEach(async () => {
    twilio = await startTwilio();
    return () => twilio.stop();
  });
  const open = (apiUrl = twilio.url) => twilioFixture({ apiUrl, provider, transport });

  it("passes where Twilio gives the account or the service, and sends nothing", async () => {
    const { lines, sender } = open();
    expect(await sender.probe?.()).toBe(true);
    expect([twilio.probes(), twilio.received.length, lines.length]).toEqual([1, 0, 0]);
  });

  it.each(Object.entries(FAILING))(
    "fails where Twilio %s, and says why",
    async (_, [fault, reason]) => {
      const { lines, sender } = open();
      twilio.answerProbes(fault);
      expect(await sender.probe?.()).toBe(false);
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain(`"reason":"${reason}`);
      for (const secret of SECRETS) expect(lines[0]).not.toContain(secret);
    },
  );

  it("warns once of a Verify service that speaks a code to a voicemail", async () => {
    const { lines, sender } = open();
    for (const asks of [false, true, false, false]) {
      twilio.answerProbes(says(200, { status: "active", dtmf_input_required: asks }));
      expect(await sender.probe?.()).toBe(true);
    }
    const warned = lines.filter((line) => line.includes("DtmfInputRequired"));
    expect(warned).toHaveLength(provider === "twilio-verify" ? 1 : 0);
  });

  it("fails where nobody listens", async () => {
    expect(await open(`http://127.0.0.1:${await freePort()}`).sender.probe?.()).toBe(false);
  });

  it("passes where Twilio has too much to do: our own sends may be the reason", async () => {
    twilio.answerProbes(says(429, { code: 20429 }));
    expect(await open().sender.probe?.()).toBe(true);
  });

  it("passes while sends fail, and fails while they pass", async () => {
    const { sender } = open();
    twilio.fail({ kind: "answer", status: 500 });
    for (let n = 0; n < 6; n++) await sender.send(codeMessage());
    expect(await sender.probe?.()).toBe(true);
    const other = open().sender;
    twilio.heal();
    twilio.answerProbes(says(500, {}));
    expect(await other.probe?.()).toBe(false);
    expect((await other.send(codeMessage())).ok).toBe(true);
  });
});
