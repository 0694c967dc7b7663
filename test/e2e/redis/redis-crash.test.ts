import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import {
  countBy,
  describeFleet,
  logOf,
  message,
  sharedFleet,
} from "../../support/gateway/fleet.ts";
import { send, type WireAnswer } from "../../support/gateway/gateway-client.ts";

const PER_ADDRESS = 20;
const WORKERS = 8;
const OUTAGES = 3;
/** Between two challenges of a worker: some thirty are begun in a second, on any machine. */
const PAUSE_MS = 200;
const phoneOf = (n: number): string => `98765${10_000 + n}`;
const [SPENT, GUESSED, SESSION] = [phoneOf(900), phoneOf(901), phoneOf(902)] as const;
const wrongFor = (code: string): string => (code === "000000" ? "000001" : "000000");

interface Played {
  /** How often the right code gave tokens. */
  readonly logins: number;
  /** `attempts_remaining` of the wrong codes, in the order of the answers. */
  readonly left: readonly number[];
}

describeFleet("Redis killed and started again under load, every write fsynced", () => {
  const fleet = sharedFleet({
    customers: [...Array(300).keys(), 900, 901, 902].map((n) => customer(`c-${n}`, phoneOf(n))),
    env: {
      LIMIT_OTP_PER_ADDRESS: `${PER_ADDRESS}/1h`,
      LIMIT_SENDS_PER_SERVICE: "100000/1h",
      LIMIT_FAILURES_PER_SERVICE: "100000/1h",
    },
  });
  let turn = 0;
  let nextPhone = 0;
  /** How long each 503 took, in ms. */
  const refusals: number[] = [];

  /** One request at the next gateway, or at that one, each from an address of its own. */
  async function post(path: string, body: object, address?: string, at?: number) {
    const n = turn++;
    const from = address ?? `10.${(n >> 16) & 255}.${(n >> 8) & 255}.${n & 255}`;
    const gateway = fleet().gateways[(at ?? n) % 2] as { url: string };
    const startedAt = performance.now();
    const answer = await send(gateway, "POST", path, body, { "x-forwarded-for": from });
    if (answer.status === 503) refusals.push(Math.round(performance.now() - startedAt));
    return answer;
  }

  /** As a client does that is told to try again. */
  async function patiently(path: string, body: object): Promise<WireAnswer> {
    for (;;) {
      const answer = await post(path, body);
      if (answer.status !== 503 && answer.body.code !== "rate-limited") return answer;
      if (answer.status === 503) expectDown(answer);
      await sleep(50);
    }
  }

  const verify = (challenge_id: string, code: string) =>
    patiently("/auth/otp/verify", { challenge_id, code });
  const codeOf = async (phone: string) => (await message(fleet(), phone)).code;

  /** Wrong codes, then the right one, four times at once and once more. */
  async function play(phone: string): Promise<Played> {
    const { challenge_id } = (await patiently("/auth/otp", { phone })).body;
    const code = await codeOf(phone);
    const left: number[] = [];
    for (let n = 0; n < 3; n++) {
      const { body } = await verify(challenge_id, wrongFor(code));
      if (body.attempts_remaining !== undefined) left.push(body.attempts_remaining);
    }
    const shown = await Promise.all([1, 2, 3, 4].map(() => verify(challenge_id, code)));
    shown.push(await verify(challenge_id, code));
    return { left, logins: shown.filter(({ status }) => status === 200).length };
  }

  it("Redis killed and started again under load, every write fsynced uses no code twice and refills no budget, says 503 meanwhile, and recovers", async () => {
    const before = await prepare();
    const readyAfter: number[] = [];
    const played: Played[] = [];
    let over = false;
    const workers = Array.from({ length: WORKERS }, async () => {
      while (!over) {
        played.push(await play(phoneOf(nextPhone++ % 300)));
        await sleep(PAUSE_MS);
      }
    });
    try {
      for (let round = 0; round < OUTAGES; round++) {
        await sleep(1_200 + 137 * round);
        readyAfter.push(await outage(round));
      }
      await sleep(1_000);
    } finally {
      over = true;
      await Promise.all(workers);
    }
    const logins = countBy(played.map((one) => one.logins));
    const [half, most] = [percentile(refusals, 0.5), percentile(refusals, 0.95)];
    console.log(
      `${played.length} challenges, by their number of logins: ${JSON.stringify(logins)}`,
    );
    console.log(`${refusals.length} times 503: median ${half} ms, 95% within ${most} ms`);
    console.log(`both gateways ready ${readyAfter.join(", ")} ms after Redis was`);
    for (const one of played) {
      expect(one.logins).toBeLessThanOrEqual(1);
      // A try whose answer was lost is counted and not told; none is told twice.
      expect([...new Set(one.left)].sort((a, b) => b - a)).toEqual(one.left);
    }
    expect(logins[1]).toBeGreaterThan(played.length * 0.8);
    expect(most).toBeLessThan(1_000);
    await expectKept(before);
  }, 90_000);

  /** A phone whose sends are spent, a challenge with one try left, a session, a spent address. */
  async function prepare() {
    for (let n = 0; n < 3; n++) {
      expect((await post("/auth/otp", { phone: SPENT })).status).toBe(202);
    }
    const { challenge_id } = (await post("/auth/otp", { phone: GUESSED })).body;
    const code = await codeOf(GUESSED);
    for (let n = 0; n < 4; n++) await verify(challenge_id, wrongFor(code));
    const asked = await post("/auth/otp", { phone: SESSION });
    const login = await verify(asked.body.challenge_id, await codeOf(SESSION));
    for (let n = 0; n <= PER_ADDRESS; n++) await post("/auth/otp", { phone: SPENT }, "192.0.2.1");
    return { challenge_id, code, refresh_token: login.body.refresh_token };
  }

  /** @returns ms from Redis being back to both gateways being ready */
  async function outage(round: number): Promise<number> {
    const { gateways, redis } = fleet();
    await redis.kill();
    // Each gateway counts for itself now: an address gets so many 503, and then 429.
    const address = `192.0.2.${100 + round}`;
    const answers: WireAnswer[] = [];
    for (let n = 0; n < 2 * PER_ADDRESS + 6; n++) {
      answers.push(await post("/auth/otp", { phone: SPENT }, address, n));
    }
    const limited = answers.slice(-6);
    expect(limited.map(({ status }) => status)).toEqual(Array(6).fill(429));
    for (const { headers } of limited) expect(headers.get("ratelimit")).toContain("r=0;");
    for (const answer of answers.slice(0, -6)) expectDown(answer);
    await redis.start();
    const startedAt = performance.now();
    for (const gateway of gateways) {
      while ((await send(gateway, "GET", "/readyz")).status !== 200) await sleep(20);
    }
    return Math.round(performance.now() - startedAt);
  }

  async function expectKept({ challenge_id, code, ...grant }: Awaited<ReturnType<typeof prepare>>) {
    for (const at of [0, 1]) {
      const phone = await post("/auth/otp", { phone: SPENT }, undefined, at);
      expect(phone.status, "the phone's sends").toBe(429);
      const address = await post("/auth/otp", { phone: phoneOf(1) }, "192.0.2.1", at);
      expect(address.headers.get("ratelimit"), "the address's requests").toContain("r=0;");
    }
    expect((await verify(challenge_id, wrongFor(code))).body.attempts_remaining).toBe(0);
    expect((await verify(challenge_id, code)).body.code).toBe("otp-exhausted");
    const refreshed = await post("/auth/token", { grant_type: "refresh_token", ...grant });
    expect(refreshed.status, "the session").toBe(200);
    const events = countBy(logOf(fleet()).map(({ event }) => event));
    const expected = 2 * OUTAGES;
    expect([events["redis-down"], events["redis-up"]]).toEqual([expected, expected]);
  }
});

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor((values.length - 1) * share)] ?? 0;

function expectDown({ body, headers, status }: WireAnswer): void {
  expect([status, body.code]).toEqual([503, "store-unavailable"]);
  expect(headers.get("retry-after")).toBe("5");
}
