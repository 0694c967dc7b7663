import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  type Answer,
  askForCode,
  challengeFor,
  logIn,
  resend,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { BEHIND_A_PROXY, comeFrom } from "../../support/gateway/come-from.ts";
import { dateClock } from "../../support/gateway/date-clock.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { expectProblem, retryAfter } from "../http/expect-problem.ts";
import { type Faults, faults } from "../http/failing-ports.ts";

const OWNER = "9876500001";
const MINUTE = 60_000;
const DEFAULTS = {
  LIMIT_SENDS_PER_SERVICE: "60/1m,5000/1d",
  LIMIT_FAILURES_PER_SERVICE: "120/1m,2000/1d",
};
const phoneOf = (n: number): string => `98765${10_000 + n}`;
const unknownOf = (n: number): string => `98111${10_000 + n}`;
/** Each in a network of its own. */
const addressOf = (n: number): string => `203.${n >> 8}.${n & 255}.7`;
const customers_v2 = [
  customer("c-owner", OWNER),
  ...Array.from({ length: 90 }, (_, n) => customer(`c-${n}`, phoneOf(n))),
];

const guarded = (
  env: Readonly<Record<string, string>> = DEFAULTS,
  documents = { customers_v2 },
  faulty: Faults["options"] = {},
) => testGateway({ clock: dateClock(), documents, env: { ...BEHIND_A_PROXY, ...env }, ...faulty });

/** The lines of one event, or of one name in the audit, without their time. */
const linesOf = ({ lines }: TestGateway, name: string): object[] =>
  lines
    .map((line) => JSON.parse(line))
    .filter((line) => line.event === name || line.name === name)
    .map(({ time, ...line }) => line);

const kind = ({ body, status }: Answer): string => `${status} ${body.code ?? ""}`.trim();

/** Asks from as many networks as it takes to reach the ceiling. */
async function fillRequests(gateway: TestGateway, count: number): Promise<void> {
  for (let n = 0; n < count; n++) {
    const asked = await askForCode(comeFrom(addressOf(n), gateway), unknownOf(n));
    expect(asked.status).toBe(202);
  }
}

describe("one address that tries 28 unknown numbers and 135 wrong codes", () => {
  async function attacked() {
    const gateway = await guarded();
    const attacker = comeFrom("198.51.100.66", gateway);
    const answers: string[] = [];
    const spare: string = (await askForCode(attacker, unknownOf(28))).body.challenge_id;
    for (let n = 0; n < 28; n++) {
      const asked = await askForCode(attacker, unknownOf(n));
      for (let guess = 0; guess < 5 && answers.length < 135; guess++) {
        answers.push(kind(await verify(attacker, asked.body.challenge_id, `10000${guess}`)));
      }
    }
    return { answers, attacker, gateway, spare };
  }

  test("one address that tries 28 unknown numbers and 135 wrong codes is refused for half the minute's ceiling, and shuts no other client out", async () => {
    const { answers, attacker, gateway, spare } = await attacked();
    const compared = answers.filter((answer) => answer !== "429 rate-limited");
    expect(answers).toHaveLength(135);
    expect(compared).toHaveLength(60);
    expect((await logIn(comeFrom("203.0.113.9", gateway), OWNER)).status).toBe(200);
    expect(kind(await askForCode(comeFrom("203.0.113.9", gateway), unknownOf(90)))).toBe("202");
    expect(linesOf(gateway, "ceiling-reached")).toEqual([]);
    const refused = await verify(attacker, spare, "100000");
    expectProblem(refused, 429, "rate-limited");
    expect(retryAfter(refused)).toBe(60);
    expect(linesOf(gateway, "request").at(-1)).toMatchObject({ cause: "address-share" });
  });

  test("one address that tries 28 unknown numbers and 135 wrong codes can go on when the minute is over, as anybody can", async () => {
    const { attacker, gateway } = await attacked();
    gateway.clock.advance(MINUTE);
    const asked = await askForCode(attacker, unknownOf(95));
    expect(kind(await verify(attacker, asked.body.challenge_id, "100000"))).toBe(
      "400 otp-rejected",
    );
  });
});

describe("the service's ceiling of requests, once reached from many networks,", () => {
  const env = { LIMIT_SENDS_PER_SERVICE: "20/1m" };

  test("the service's ceiling of requests, once reached from many networks, refuses strangers alike, known and unknown, and says so once", async () => {
    const gateway = await guarded(env);
    await fillRequests(gateway, 20);
    for (const phone of [phoneOf(1), unknownOf(80)]) {
      const refused = await askForCode(comeFrom(addressOf(50), gateway), phone);
      expectProblem(refused, 503, "sms-unavailable");
      expect(retryAfter(refused)).toBe(60);
    }
    expect(linesOf(gateway, "ceiling-reached")).toEqual([
      { level: "error", event: "ceiling-reached", ceiling: "requests 20/60s", seconds: 60 },
    ]);
    expect(linesOf(gateway, "ceiling.reached")).toHaveLength(1);
    expect(gateway.outbox.latest()).toEqual([]);
  });

  test("the service's ceiling of requests, once reached from many networks, lets known devices and lately proven networks in, and is loud again in the next window", async () => {
    const gateway = await guarded(env);
    const home = comeFrom("192.0.2.10", gateway);
    const device_token: string = (await logIn(home, OWNER)).body.device_token;
    await gateway.runtime.settle();
    gateway.clock.advance(MINUTE);
    await fillRequests(gateway, 20);
    const stranger = comeFrom(addressOf(50), gateway);
    expect(kind(await askForCode(stranger, phoneOf(2)))).toBe("503 sms-unavailable");
    const neighbour = comeFrom("192.0.2.77", gateway);
    expect(kind(await askForCode(neighbour, phoneOf(3)))).toBe("202");
    for (let n = 0; n < 3; n++) {
      const known = await askForCode(stranger, OWNER, { device_token });
      expect(known.status, "its own lane").not.toBe(503);
    }
    gateway.clock.advance(MINUTE);
    await fillRequests(gateway, 20);
    expect(kind(await askForCode(stranger, phoneOf(4)))).toBe("503 sms-unavailable");
    expect(linesOf(gateway, "ceiling-reached")).toHaveLength(2);
  });

  test("the service's ceiling of requests, once reached from many networks, counts resends, and answers them as requests", async () => {
    const gateway = await guarded({ LIMIT_SENDS_PER_SERVICE: "40/1m" });
    const mine = comeFrom(addressOf(200), gateway);
    const { challenge_id } = await challengeFor(mine, phoneOf(0));
    await fillRequests(gateway, 39);
    const again = await resend(mine, challenge_id, { channel: "call" });
    expectProblem(again, 503, "sms-unavailable");
  });
});

describe("the service's ceiling of tries", () => {
  const env = { LIMIT_FAILURES_PER_SERVICE: "20/1m" };

  test("the service's ceiling of tries gives right codes back, and forgets typing slips and unknown challenges", async () => {
    const gateway = await guarded(env);
    for (let n = 0; n < 30; n++) {
      await verify(gateway, "dsc_key.AAAA", "123456");
      const { challenge_id, code } = await challengeFor(gateway, phoneOf(n));
      await verify(gateway, challenge_id, "12345");
      expect((await verify(gateway, challenge_id, code)).status).toBe(200);
      await gateway.runtime.settle();
    }
  });

  test("the service's ceiling of tries is not filled by parallel tries that compare nothing, before any work after the answers", async () => {
    const gateway = await guarded(env);
    const mine = comeFrom(addressOf(200), gateway);
    const open = await challengeFor(mine, phoneOf(80));
    const over = await challengeFor(gateway, phoneOf(81));
    // Their records are over.
    gateway.clock.advance(25 * 60 * MINUTE);
    const fresh = await challengeFor(mine, phoneOf(82));
    for (let n = 0; n < 30; n++) {
      const { challenge_id, code } = n % 2 === 0 ? open : over;
      const tried = await verify(comeFrom(addressOf(n), gateway), challenge_id, code);
      expect(kind(tried)).toBe("400 otp-rejected");
    }
    expect((await verify(mine, fresh.challenge_id, fresh.code)).status).toBe(200);
  });

  test("the service's ceiling of tries keeps no share of a try that the store lost", async () => {
    const ports = faults();
    const gateway = await guarded(env, { customers_v2 }, ports.options);
    const from = comeFrom(addressOf(1), gateway);
    const open = await challengeFor(from, phoneOf(1));
    ports.failOn((port, method) => port === "state" && method === "write");
    for (let n = 0; n < 30; n++) {
      const lost = await verify(comeFrom(addressOf(n), gateway), open.challenge_id, "100000");
      expect(kind(lost)).toBe("503 store-unavailable");
    }
    ports.heal();
    expect((await verify(from, open.challenge_id, open.code)).status).toBe(200);
  });

  test("the service's ceiling of tries is not told of as full for a device that has its own lane", async () => {
    const gateway = await guarded(env);
    const home = comeFrom("192.0.2.10", gateway);
    const device_token: string = (await logIn(home, OWNER)).body.device_token;
    await gateway.runtime.settle();
    gateway.clock.advance(MINUTE);
    const mine = await challengeFor(home, OWNER, { device_token });
    for (let n = 0; n < 20; n++) {
      const from = comeFrom(addressOf(n), gateway);
      const { challenge_id, code } = await challengeFor(from, phoneOf(n));
      expect(kind(await verify(from, challenge_id, wrongFor(code)))).toBe("400 otp-rejected");
    }
    const far = comeFrom(addressOf(200), gateway);
    const wrong = await verify(far, mine.challenge_id, wrongFor(mine.code));
    expect(kind(wrong)).toBe("400 otp-rejected");
    expect(linesOf(gateway, "ceiling-reached")).toEqual([]);
  });

  test("the service's ceiling of tries is 429 once reached: no code of a stranger is compared, a right one neither", async () => {
    const gateway = await guarded(env);
    const mine = comeFrom(addressOf(200), gateway);
    const open = await challengeFor(mine, phoneOf(80));
    for (let n = 0; n < 20; n++) {
      const from = comeFrom(addressOf(n), gateway);
      const { challenge_id, code } = await challengeFor(from, phoneOf(n));
      expect(kind(await verify(from, challenge_id, wrongFor(code)))).toBe("400 otp-rejected");
    }
    const refused = await verify(mine, open.challenge_id, open.code);
    expectProblem(refused, 429, "rate-limited");
    expect(linesOf(gateway, "request").at(-1)).toMatchObject({ cause: "service-ceiling" });
    gateway.clock.advance(MINUTE);
    expect((await verify(mine, open.challenge_id, open.code)).status, "not counted").toBe(200);
  });
});

test("what strangers see of the ceilings is the same whether their numbers are known or not", async () => {
  const seen = async (customers: object[]) => {
    const env = { LIMIT_SENDS_PER_SERVICE: "12/1m", LIMIT_FAILURES_PER_SERVICE: "16/1m" };
    const gateway = await guarded(env, { customers_v2: customers as never });
    const answers: string[] = [];
    for (let n = 0; n < 40; n++) {
      // Two attackers that ask often, and people who ask once.
      const from = comeFrom(addressOf(n % 3 === 0 ? n : 100 + (n % 2)), gateway);
      const asked = await askForCode(from, phoneOf(n));
      answers.push(kind(asked));
      if (asked.status !== 202) continue;
      for (let guess = 0; guess < 2; guess++) {
        answers.push(kind(await verify(from, asked.body.challenge_id, "900000")));
      }
    }
    return answers;
  };
  const known = await seen(customers_v2);
  expect(await seen([])).toEqual(known);
  expect(new Set(known)).toEqual(
    new Set(["202", "400 otp-rejected", "429 rate-limited", "503 sms-unavailable"]),
  );
});
