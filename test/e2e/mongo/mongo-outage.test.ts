import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import {
  claimsOf,
  logInAt,
  openChallenge,
  send,
  verify,
} from "../../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import type { MongoData } from "../../support/stores/mongo-data.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";
import { type TcpRelay, tcpRelay } from "../../support/stores/tcp-relay.ts";
import { type SteadyLoad, steadyLoad } from "../processes/steady-load.ts";

/** OUTAGE_SECONDS=10 for outages as long as networks have them, and of one kind more. */
const { OUTAGE_SECONDS } = process.env;
const OUTAGE_MS = Number(OUTAGE_SECONDS ?? "4") * 1000;
const ANSWER_MS = 3000;
const RECOVERY_MS = 5000;
/** The directory is checked every two seconds, and a check may take three. */
const NOTICED_MS = 5000;
const BEFORE_MS = 1000;

const METRICS_TOKEN = "metrics-token-of-the-outage-test-0123456789";
const ENV = {
  NODE_ENV: "development",
  METRICS_TOKEN,
  OTP_SENDS_PER_PHONE: "1000/1h",
  LIMIT_OTP_PER_ADDRESS: "100000/1h",
  LIMIT_VERIFY_PER_ADDRESS: "100000/1h",
  LIMIT_SENDS_PER_SERVICE: "100000/1h",
};

const OUTAGES: Readonly<Record<string, (relay: TcpRelay) => Promise<void> | void>> = {
  refused: (relay) => relay.refuse(),
  cut: (relay) => relay.cut(),
  stalled: (relay) => relay.stall(),
  ...(OUTAGE_SECONDS === undefined ? {} : { unanswered: (relay) => relay.mute() }),
};

/** Everybody logs in once; every fourth is linked already. */
const PEOPLE = Array.from({ length: 240 }, (_, n) => n);
const phoneOf = (n: number): string => `98765${String(n).padStart(5, "0")}`;
const isLinked = (n: number): boolean => n % 4 === 0;
/** Whose code is used up just as the store goes. */
const PROVEN = phoneOf(9_999);

async function fill(data: MongoData): Promise<void> {
  const linked = PEOPLE.filter(isLinked);
  await data.put(
    "users",
    linked.map((n) => user(`u-${n}`, { customer_v2_id: `c-${n}` })),
  );
  const more = (n: number) => (isLinked(n) ? { user_id: `u-${n}` } : {});
  await data.put("customers_v2", [
    ...PEOPLE.map((n) => customer(`c-${n}`, phoneOf(n), more(n))),
    customer("c-proven", PROVEN),
  ]);
}

/** Reads the link of a token around the relay: it stands on both sides, and nobody else has any. */
async function expectLinked({ db }: MongoData, accessToken: string): Promise<void> {
  const { customer_v2_id: id, sub } = claimsOf(accessToken);
  const users = await db.collection("users").find({ customer_v2_id: id }).toArray();
  const customers = await db.collection("customers_v2").find({ user_id: sub }).toArray();
  expect(users.map((one) => one["id"])).toEqual([sub]);
  expect(customers.map((one) => one["id"])).toEqual([id]);
}

const readyz = (gateway: GatewayProcess, token?: string) =>
  send(
    gateway,
    "GET",
    "/readyz",
    undefined,
    token === undefined ? {} : { authorization: `Bearer ${token}` },
  );

/** What monitors see while the directory is away. */
async function expectNotReady(gateway: GatewayProcess): Promise<void> {
  const stranger = await readyz(gateway);
  expect([stranger.status, stranger.body.code]).toEqual([503, "store-unavailable"]);
  expect(JSON.stringify(stranger.body)).not.toMatch(/directory|mongo|27017|127\.0\.0\.1/i);
  const trusted = await readyz(gateway, METRICS_TOKEN);
  expect(trusted.body.dependencies).toEqual({ directory: "down", limits: "up", state: "up" });
  for (const { headers, status } of [stranger, trusted]) {
    expect([status, Number(headers.get("retry-after")) > 0]).toEqual([503, true]);
  }
  expect((await send(gateway, "GET", "/healthz")).status).toBe(200);
}

/** When the store was taken away, given back, and found ready again. */
interface Moments {
  readonly struckAt: number;
  readonly resumedAt: number;
  readonly readyAt: number;
  /** By how much this process was late at worst, as others on the machine are: in ms. */
  readonly lag: number;
}

/** Whatever was asked, before, in and after the outage, and whatever it had begun. */
function expectAnswers({ answers }: SteadyLoad, moments: Moments): void {
  const { lag, readyAt, resumedAt, struckAt } = moments;
  expect([...new Set(answers.map(({ status }) => status))].sort()).toEqual([200, 202, 503]);
  for (const { begunAt, endedAt, retryAfter, status, step } of answers) {
    const since = (moment: number) => Math.round(moment - struckAt);
    const label = `${step} ${status}, ${since(begunAt)} to ${since(endedAt)} ms after the strike`;
    if (status === 503) {
      expect(endedAt - Math.max(begunAt, struckAt), label).toBeLessThan(ANSWER_MS + lag);
    }
    if (status === 503) expect(Number(retryAfter), label).toBeGreaterThan(0);
    // A request for a code waits for no look-up: until the outage is noticed it is taken, and looked up
    // again when the store is back.
    const unnoticed = step === "ask" && begunAt < struckAt + NOTICED_MS + lag;
    if (begunAt > struckAt && endedAt < resumedAt && !unnoticed) expect(status, label).toBe(503);
    const well = endedAt < struckAt || begunAt > readyAt;
    if (well) expect(status, label).not.toBe(503);
  }
  const meanwhile = answers.filter(({ begunAt }) => begunAt > struckAt && begunAt < resumedAt);
  expect(meanwhile.length, "the load went on").toBeGreaterThan(OUTAGE_MS / 250);
}

/** The first answer to a code request that came after the store was back, in ms. */
const recovery = ({ answers }: SteadyLoad, resumedAt: number): number =>
  Math.min(
    ...answers
      .filter(({ status, endedAt }) => status !== 503 && endedAt > resumedAt)
      .map(({ endedAt }) => endedAt - resumedAt),
  );

/** Everybody who was given a token has the same user still, and gets them again. */
async function expectAllKept(gateway: GatewayProcess, data: MongoData, { logins }: SteadyLoad) {
  const left = [...logins];
  const checkAll = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const [phone, { access_token, user: first }] = next;
      await expectLinked(data, access_token);
      expect((await logInAt(gateway, phone)).user.id).toBe(first.id);
    }
  };
  await Promise.all(Array.from({ length: 8 }, checkAll));
}

describeMongo("a gateway whose MongoDB is out of reach under load", (mongo) => {
  for (const [what, strike] of Object.entries(OUTAGES)) {
    it(`a gateway whose MongoDB is out of reach under load answers 503 and loses no link while connections are ${what}`, async () => {
      const url = mongo.newUrl();
      const data = mongo.data(url);
      await fill(data);
      const relay = await tcpRelay(Number(new URL(url).port));
      onTestFinished(() => relay.close());
      const behind = url.replace(/:\d+\//, `:${relay.port}/`);
      const folder = temporaryFolder();
      const gateway = await startGateway(folder, { ...ENV, MONGODB_URL: behind });
      const proven = await openChallenge(gateway, PROVEN);
      const load = steadyLoad(gateway, PEOPLE.map(phoneOf), (_, { access_token }) =>
        expectLinked(data, access_token),
      );
      await sleep(BEFORE_MS);

      const delay = monitorEventLoopDelay();
      delay.enable();
      const struckAt = performance.now();
      await strike(relay);
      const cutShort = verify(gateway, proven.id, proven.code);
      await Promise.all([expectNotReady(gateway), sleep(OUTAGE_MS)]);
      expect((await cutShort).status).toBe(503);
      const resumedAt = performance.now();
      await relay.resume();
      await expect
        .poll(async () => (await readyz(gateway)).status, { timeout: RECOVERY_MS, interval: 50 })
        .toBe(200);
      const readyAt = performance.now();
      const resumed = await verify(gateway, proven.id, proven.code);
      expect([resumed.status, resumed.body.first_login]).toEqual([200, true]);
      await sleep(BEFORE_MS);
      await load.stop();

      const lag = delay.max / 1e6;
      expectAnswers(load, { struckAt, resumedAt, readyAt, lag });
      expect(recovery(load, resumedAt)).toBeLessThan(RECOVERY_MS);
      expect(load.owed(), "no code that was used up is lost").toEqual([]);
      expect(load.logins.size).toBeGreaterThan(5);
      await gateway.end("SIGTERM");
      const next = await startGateway(folder, { ...ENV, MONGODB_URL: url });
      await expectAllKept(next, data, load);
    }, 120_000);
  }
});
