import { describe, expect, test } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { Attacker, ownerLogsIn } from "../../support/gateway/attacker.ts";
import { BEHIND_A_PROXY, comeFrom } from "../../support/gateway/come-from.ts";
import { dateClock } from "../../support/gateway/date-clock.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";

const PHONE = "9876500001";
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** What one phone is worth to an attacker is reckoned for so many. */
const PHONES = 1_000;
/** Five tries at each are more than the service takes in a day. */
const ATTACKED = 500;
const DAYS = 30;
const CODES = 1_000_000;
/** The defaults of `limit-settings.ts`. */
const SENDS_A_MINUTE = 60;
const TRIES_A_DAY = 2_000;
const TRIES = 5;

const phoneOf = (n: number): string => `98765${10_000 + n}`;

/** Two nodes on one store, for phones that all are customers'. */
async function twoGateways(
  phones: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<readonly [TestGateway, TestGateway]> {
  const clock = dateClock();
  const customers_v2 = phones.map((phone, n) => customer(`c-${n}`, phone));
  const one = await testGateway({ clock, documents: { customers_v2 }, env });
  const { ceilings, directory, limits, state } = one.gateway;
  const two = await testGateway({
    clock,
    env,
    wrapDirectory: () => directory,
    wrapState: () => state,
    wrapLimits: () => limits,
    wrapCeilings: () => ceilings,
  });
  return [one, two];
}

interface Plan {
  readonly length: number;
  readonly step: number;
  /** Whether codes are sent again on every channel, besides being asked for anew. */
  readonly resends?: boolean;
  /** Whether the owner logs in, on another new device each time, after three exhausted challenges. */
  readonly owner?: boolean;
}

/** Everything that can be tried, every `step` ms for `length` ms. */
async function attack(
  gateways: readonly [TestGateway, TestGateway],
  { length, owner = false, resends = false, step }: Plan,
): Promise<Attacker> {
  const attacker = new Attacker(gateways);
  let forgiven = 0;
  // Whoever can wait for the owner's next login stops short of the lock.
  const patient = () => !owner || attacker.compared - forgiven < 3 * TRIES;
  for (let passed = 0; passed < length; passed += step) {
    if (!patient() && (await ownerLogsIn(gateways[1], PHONE))) forgiven = attacker.compared;
    while (patient() && (await attacker.ask(PHONE))) {
      if (resends) await attacker.resendAll();
      await attacker.guessAll();
    }
    await attacker.resendAll();
    gateways[0].clock.advance(step);
  }
  return attacker;
}

const odds = (guesses: number): string => `${(guesses / CODES).toFixed(3)} logins expected`;

describe("a brute force on one phone by somebody without its device token", () => {
  test.each([
    { name: "new challenges", resends: false },
    { name: "resends on every channel", resends: true },
  ])("compares at most 50 guesses in 24 hours: $name", async ({ name, resends }) => {
    const gateways = await twoGateways([PHONE]);
    const plan = { length: DAY, step: MINUTE, resends };
    const { compared, requests } = await attack(gateways, plan);
    console.log(`24 hours, one phone, ${name}: ${compared} compared, of ${requests} requests`);
    expect(compared).toBeLessThanOrEqual(50);
    expect(compared, "it is locked").toBe(20);
  });

  test("a brute force on one phone by somebody without its device token compares at most 50 where the owner's own logins forgive it", async () => {
    const gateways = await twoGateways([PHONE]);
    const plan = { length: DAY, step: 10 * MINUTE, owner: true };
    const { compared } = await attack(gateways, plan);
    console.log(`24 hours, one phone whose owner logs in on new devices: ${compared} compared`);
    expect(compared).toBeGreaterThan(20);
    expect(compared).toBeLessThanOrEqual(50);
  });

  test("a brute force on one phone by somebody without its device token compares at most 50 even without a lock: ten sends a day, five guesses each", async () => {
    const gateways = await twoGateways([PHONE], { OTP_FAILURES_PER_PHONE: "1000" });
    const { compared } = await attack(gateways, { length: DAY, step: 10 * MINUTE });
    console.log(`24 hours, one phone that is never locked: ${compared} compared`);
    expect(compared).toBe(50);
  });

  test("a brute force on one phone by somebody without its device token is left one challenge a day afterwards", async () => {
    const gateways = await twoGateways([PHONE]);
    const { compared } = await attack(gateways, { length: DAYS * DAY, step: HOUR });
    const all = compared * PHONES;
    console.log(`${DAYS} days, one phone: ${compared} compared`);
    console.log(`${DAYS} days, ${PHONES} phones: ${all} compared, ${odds(all)}`);
    expect(compared).toBeLessThanOrEqual(20 + TRIES * (DAYS - 1));
  }, 180_000);
});

test("a brute force on 500 phones from 400 networks has 2,000 tries a day, and no more", async () => {
  const phones = Array.from({ length: ATTACKED }, (_, n) => phoneOf(n));
  const gateways = await twoGateways(phones, {
    ...BEHIND_A_PROXY,
    LIMIT_SENDS_PER_SERVICE: "60/1m,5000/1d",
    LIMIT_FAILURES_PER_SERVICE: `120/1m,${TRIES_A_DAY}/1d`,
  });
  const { clock, lines } = gateways[0];
  const networks = Array.from({ length: 400 }, (_, n) => `203.${n >> 8}.${n & 255}.9`);
  const attacker = new Attacker(
    networks.map((at, n) => comeFrom(at, gateways[n % 2] ?? gateways[0])),
  );
  for (let next = 0; next < ATTACKED; clock.advance(MINUTE)) {
    const until = next + SENDS_A_MINUTE;
    while (next < Math.min(until, ATTACKED) && (await attacker.ask(phones[next] ?? ""))) next++;
    await attacker.guessAll();
  }
  const { compared } = attacker;
  console.log(`${ATTACKED} phones, service's ceiling: ${compared} compared, ${odds(compared)}`);
  console.log(`${DAYS} days of it: ${TRIES_A_DAY * DAYS}, ${odds(TRIES_A_DAY * DAYS)}`);
  expect(compared).toBeLessThanOrEqual(TRIES_A_DAY);
  expect(lines.filter((line) => line.includes("ceiling.reached"))).not.toEqual([]);
}, 300_000);
