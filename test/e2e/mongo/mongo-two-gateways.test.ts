import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { CustomerId, Phone } from "../../../src/core/ids.ts";
import { customer, user } from "../../cases-extra/people.ts";
import {
  claimsOf,
  openChallenge,
  send,
  verify,
  type WireAnswer,
} from "../../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { startRacer } from "../../support/gateway/start-racer.ts";
import type { Fields } from "../../support/linking/linking-cases.ts";
import type { MongoData } from "../../support/stores/mongo-data.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";

const PHONE = "9876500001";
/** Both are reached at one address, as behind a balancer; no budget is in the way of the test. */
const SHARED = {
  NODE_ENV: "development",
  PUBLIC_URL: "http://localhost:8787",
  OTP_SENDS_PER_PHONE: "10000/1h",
  LIMIT_OTP_PER_ADDRESS: "10000/1h",
  LIMIT_VERIFY_PER_ADDRESS: "10000/1h",
  LIMIT_SENDS_PER_SERVICE: "10000/1h",
  LIMIT_FAILURES_PER_SERVICE: "10000/1h",
};

/** The users who name the customer, and whom the customer names: one and the same, or two lists. */
async function linkOf(data: MongoData, customerId: string) {
  const users = await data.documents("users");
  const named = await data.documents("customers_v2");
  return {
    users: users.filter((one) => one["customer_v2_id"] === customerId).map(({ id }) => id),
    named: named.filter(({ id }) => id === customerId).map(({ user_id }) => user_id),
    count: users.length,
  };
}

/** Chooses a customer as a client does that was told to try again: among so many a turn is lost. */
async function selected(gateway: GatewayProcess, token: string, id: string): Promise<WireAnswer> {
  const body = { selection_token: token, customer_v2_id: id };
  for (;;) {
    const answer = await send(gateway, "POST", "/auth/otp/select", body);
    if (answer.status !== 429) return answer;
    await sleep(20);
  }
}

/** The migrations that forget all links, each run: the next login is a first one again. */
async function wipeLinks({ db }: MongoData): Promise<void> {
  await db.collection("users").updateMany({}, { $set: { customer_v2_id: null } });
  await db.collection("customers_v2").updateMany({}, { $set: { user_id: null } });
}

const WAVES = 5;
/** A phone's proofs wait for a choice together, its live codes are three. */
const AT_ONCE = 20;

/** What a first login finds: each state is linked by other writes. */
const FIRST: Readonly<Record<string, Fields[]>> = {
  "no user": [],
  "a user of the same phone and name": [user("u-1", { phone: PHONE })],
  "a user of the same id": [user("c-1", { email: "customer-c-1@earlybird.local" })],
  "two users of the phone": [user("u-1", { phone: PHONE }), user("u-2", { phone: `+91${PHONE}` })],
};

describeMongo("two gateway processes on MongoDB", (mongo) => {
  it("two gateway processes on MongoDB end 100 first logins of one customer over HTTP with one user and one link", async () => {
    const url = mongo.newUrl();
    const data = mongo.data(url);
    await data.put("customers_v2", [customer("c-1", PHONE), customer("c-2", `0${PHONE}`)]);
    const folder = temporaryFolder();
    const env = { ...SHARED, MONGODB_URL: url };
    const gateways = await Promise.all([startGateway(folder, env), startGateway(folder, env)]);
    const answers: WireAnswer[] = [];
    for (let wave = 0; wave < WAVES; wave++) {
      const proofs = gateways.map(async (gateway, index) => {
        const tokens: string[] = [];
        while (tokens.length < AT_ONCE / 2) {
          const { code, id } = await openChallenge(gateway, PHONE);
          const other = gateways[1 - index] as GatewayProcess;
          tokens.push((await verify(other, id, code)).body.selection_token);
        }
        return tokens;
      });
      const tokens = (await Promise.all(proofs)).flat();
      const logins = tokens.map((token, n) =>
        selected(gateways[n % 2] as GatewayProcess, token, "c-1"),
      );
      const ended = await Promise.all(logins);
      expect(
        ended.some(({ body }) => body.first_login),
        "each wave races for the link",
      ).toBe(true);
      answers.push(...ended);
      if (wave < WAVES - 1) await wipeLinks(data);
    }
    expect(answers.map(({ status }) => status)).toEqual(Array(WAVES * AT_ONCE).fill(200));
    const subjects = new Set(answers.map(({ body }) => claimsOf(body.access_token)["sub"]));
    const { count, named, users } = await linkOf(data, "c-1");
    expect([[...subjects], named, count]).toEqual([users, users, 1]);
    expect((await linkOf(data, "c-2")).named).toEqual([null]);
  }, 120_000);

  const cleanups: (() => Promise<void> | void)[] = [];
  let data: MongoData;
  let racers: readonly Awaited<ReturnType<typeof startRacer>>[] = [];
  beforeAll(async () => {
    const url = mongo.newUrl();
    data = mongo.data(url);
    const atTheEnd = (cleanup: () => Promise<void> | void) => void cleanups.unshift(cleanup);
    const folder = temporaryFolder(atTheEnd);
    const env = { ...SHARED, MONGODB_URL: url };
    racers = await Promise.all([1, 2].map(() => startRacer(folder, env, atTheEnd)));
  }, 60_000);
  afterAll(async () => {
    for (const cleanup of cleanups) await cleanup();
  });

  for (const [what, users] of Object.entries(FIRST)) {
    it(`two gateway processes on MongoDB end 50 and 50 logins at one moment with one user and one link: ${what}`, async () => {
      await Promise.all([data.clear("users"), data.clear("customers_v2")]);
      await data.put("customers_v2", [customer("c-1", PHONE)]);
      await data.put("users", users);
      const race = {
        phone: `+91${PHONE}` as Phone,
        customer: "c-1" as CustomerId,
        logins: 50,
        at: Date.now() + 200,
      };
      const logins = (await Promise.all(racers.map((run) => run(race)))).flat();
      expect(logins.flatMap(({ failure }) => failure ?? [])).toEqual([]);
      const subjects = new Set(logins.map(({ token }) => claimsOf(token ?? "")["sub"]));
      const link = await linkOf(data, "c-1");
      expect([subjects.size, link.users, link.named]).toEqual([1, [...subjects], [...subjects]]);
      const made = users.length === 1 ? 0 : 1;
      expect(link.count).toBe(users.length + made);
    }, 60_000);
  }
});
