import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { customer } from "../../cases-extra/people.ts";
import { describeFleet, message, sharedFleet } from "../../support/gateway/fleet.ts";
import {
  refresh,
  send,
  verify,
  type WireAnswer,
  withToken,
} from "../../support/gateway/gateway-client.ts";

const [FIRST, HOUSEHOLD, STRANGER] = ["9876500001", "9876500016", "9876599999"];

interface Trips {
  /** On the records of phones and users. */
  readonly state: number;
  /** Limits counted, by name. */
  readonly limits: readonly string[];
}

/** A command too many would come within this time. */
const QUIET_MS = 300;

const isState = (key: string): boolean => /^doorstep:(phone|user)\//.test(key);

describeFleet("what a request costs at Redis, as MONITOR sees it:", () => {
  const fleet = sharedFleet({
    customers: [
      customer("c-1", FIRST),
      customer("c-2", HOUSEHOLD),
      customer("c-3", `+91${HOUSEHOLD}`),
    ],
  });
  const commands: string[][] = [];
  let redis: Redis;
  let monitor: Redis;

  beforeAll(async () => {
    redis = new Redis(fleet().redis.url);
    monitor = await redis.monitor();
    monitor.on("monitor", (_: string, args: string[], source: string) => {
      // What a script does inside the server is no round trip.
      if (source !== "lua") commands.push(args);
    });
    // The server has every script from here on.
    const gateway = fleet().gateways[0];
    const warm = await send(gateway, "POST", "/auth/otp", { phone: STRANGER });
    await verify(gateway, warm.body.challenge_id, "000000");
    await sleep(3_000);
  });
  afterAll(() => {
    monitor.disconnect();
    redis.disconnect();
  });

  /**
   * One step and its trips, with those that follow the answer: the look-up's outcome, and that of the
   * search for rare spellings, which rests for half a second first.
   */
  async function cost(
    answering: () => Promise<WireAnswer>,
    least: number,
  ): Promise<[WireAnswer, Trips]> {
    commands.length = 0;
    const answer = await answering();
    const stateTrips = () => commands.filter((args) => isState(keyOf(args))).length;
    await expect.poll(stateTrips, { timeout: 15_000 }).toBeGreaterThanOrEqual(least);
    await sleep(QUIET_MS);
    const keys = commands.map(keyOf);
    const state = keys.filter(isState).length;
    const limits = keys.flatMap((key) => /^doorstep:limit\/([a-z-]+)\//.exec(key)?.[1] ?? []);
    const ceilings = keys.flatMap((key) => /^doorstep:\{ceilings\}\/([a-z]+)/.exec(key)?.[1] ?? []);
    const counted = state + limits.length + ceilings.length;
    expect(keys.length, `all are accounted for: ${keys}`).toBe(counted);
    return [answer, { state, limits: limits.filter((name) => !name.endsWith("-per-service")) }];
  }

  const gateway = () => fleet().gateways[0];
  const ask = (phone: string, more: object = {}) =>
    send(gateway(), "POST", "/auth/otp", { phone, ...more });

  it("what a request costs at Redis, as MONITOR sees it: two trips for a code and four after it, two for a wrong one, four for a login, two for a refresh", async () => {
    const table: Record<string, Trips> = {};
    const step = async (name: string, answering: () => Promise<WireAnswer>, least = 0) => {
      const [answer, trips] = await cost(answering, least);
      table[name] = trips;
      return answer;
    };
    const { body: asked } = await step("code", () => ask(FIRST), 6);
    const { code } = await message(fleet(), FIRST);
    const id: string = asked.challenge_id;
    const again = { challenge_id: id, channel: "call" };
    await step("resend", () => send(gateway(), "POST", "/auth/otp/resend", again));
    await step("wrong code", () => verify(gateway(), id, code === "000000" ? "000001" : "000000"));
    const first = await step("first login", () => verify(gateway(), id, code));
    expect(first.body.first_login).toBe(true);
    const turned = await step("refresh", () => refresh(gateway(), first.body.refresh_token));
    const me = () => withToken(gateway(), "GET", "/auth/me", turned.body.access_token);
    await step("me, after a refresh", me);
    await step("me", me);
    const { device_token } = first.body;
    const { body: known } = await step("code, known device", () => ask(FIRST, { device_token }), 7);
    const { code: second } = await message(fleet(), FIRST, 3);
    const back = await step("login", () => verify(gateway(), known.challenge_id, second));
    expect(back.body.first_login).toBe(false);
    const { body: house } = await step("code, two customers", () => ask(HOUSEHOLD), 6);
    const { code: third } = await message(fleet(), HOUSEHOLD);
    const proven = await step("proof", () => verify(gateway(), house.challenge_id, third));
    const choice = { selection_token: proven.body.selection_token, customer_v2_id: "c-2" };
    await step("choice", () => send(gateway(), "POST", "/auth/otp/select", choice));
    await step("code, stranger", () => ask(STRANGER), 4);
    console.table(
      Object.fromEntries(
        Object.entries(table).map(([name, t]) => [name, { ...t, limits: t.limits.join() }]),
      ),
    );
    const [code1, verify1, token1] = [
      ["code-per-address"],
      ["verify-per-address"],
      ["token-per-session"],
    ];
    expect(table).toEqual({
      code: { state: 6, limits: code1 },
      // A call: who takes it presses a key, and the provider asks for what to say.
      resend: { state: 3, limits: code1 },
      "wrong code": { state: 2, limits: verify1 },
      "first login": { state: 4, limits: verify1 },
      refresh: { state: 2, limits: token1 },
      // The receipt of the refresh is written after the answer.
      "me, after a refresh": { state: 2, limits: [] },
      me: { state: 1, limits: [] },
      // The device's own record, read beside the look-up of the customer.
      "code, known device": { state: 7, limits: code1 },
      login: { state: 4, limits: verify1 },
      "code, two customers": { state: 6, limits: code1 },
      proof: { state: 2, limits: verify1 },
      choice: { state: 4, limits: verify1 },
      "code, stranger": { state: 4, limits: code1 },
    });
  }, 90_000);
});

/** `GET key`, `EVALSHA sha 1 key ...` */
function keyOf([name = "", ...args]: readonly string[]): string {
  return (/^eval(sha)?$/i.test(name) ? args[2] : args[0]) ?? name;
}
