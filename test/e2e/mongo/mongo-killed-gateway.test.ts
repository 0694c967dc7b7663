import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { customer, user } from "../../cases-extra/people.ts";
import { claimsOf, logInAt, openChallenge, verify } from "../../support/gateway/gateway-client.ts";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
} from "../../support/gateway/gateway-process.ts";
import { SEED } from "../../support/house/seed.ts";
import type { Fields } from "../../support/linking/linking-cases.ts";
import type { MongoData } from "../../support/stores/mongo-data.ts";
import { describeMongo } from "../../support/stores/mongo-suite.ts";

const CUSTOMERS = 200;
/** Logins under way when the process is killed. */
const AT_ONCE = 20;
/** Two writes and an answer each. */
const STEPS = 3 * AT_ONCE;

/** How many steps of each batch are done when the process is killed. */
const moments = fc.sample(fc.noBias(fc.nat(STEPS)), { numRuns: CUSTOMERS / AT_ONCE, seed: SEED });

const ENV = {
  NODE_ENV: "development",
  PUBLIC_URL: "http://localhost:8787",
  OTP_SENDS_PER_PHONE: "1000/1h",
  LIMIT_OTP_PER_ADDRESS: "10000/1h",
  LIMIT_VERIFY_PER_ADDRESS: "10000/1h",
  LIMIT_SENDS_PER_SERVICE: "10000/1h",
};

const numbers = Array.from({ length: CUSTOMERS }, (_, n) => n);
const idOf = (n: number): string => `c-${n}`;
const phoneOf = (n: number): string => `98765${String(n).padStart(5, "0")}`;

/** Half of them have an account already, which the login takes by its id or by its phone. */
function accountOf(n: number): Fields[] {
  const email = `old-${n}@example.com`;
  // The import's pair: its e-mail is the witness.
  if (n % 4 === 1) return [user(idOf(n), { email: `${phoneOf(n)}@customer.earlybird.com` })];
  return n % 4 === 3 ? [user(`u-${n}`, { email, phone: phoneOf(n) })] : [];
}

/** What a reader of the two collections sees of links. */
async function linksIn(data: MongoData) {
  const users = await data.documents("users");
  const customers = await data.documents("customers_v2");
  const byId = new Map(users.map((one) => [one["id"], one]));
  const twoWay = customers.filter(
    ({ id, user_id }) => byId.get(user_id)?.["customer_v2_id"] === id,
  );
  const begun =
    customers.filter(({ user_id }) => user_id !== undefined).length +
    users.filter(({ customer_v2_id }) => customer_v2_id !== undefined).length;
  return {
    users: users.length,
    ids: byId.size,
    twoWay: twoWay.length,
    pointers: new Set(twoWay.map(({ user_id }) => user_id)).size,
    /** Links of which one side alone is written. */
    halfDone: begun - 2 * twoWay.length,
  };
}

/** The subjects of everybody who was answered. */
type Subjects = Map<number, unknown>;

/** How many sides of links the logins of a batch have written. */
async function writtenBy({ db }: MongoData, batch: readonly number[]): Promise<number> {
  const id = { $in: batch.map(idOf) };
  const counts = await Promise.all([
    db.collection("users").countDocuments({ customer_v2_id: id }),
    db.collection("customers_v2").countDocuments({ id, user_id: { $exists: true } }),
  ]);
  return counts[0] + counts[1];
}

/** Logs a batch in at once and kills the process under them, at a random point of their progress. */
async function killedUnder(
  gateway: GatewayProcess,
  data: MongoData,
  batch: readonly number[],
  subjects: Subjects,
): Promise<void> {
  const open = await Promise.all(batch.map((n) => openChallenge(gateway, phoneOf(n))));
  let answered = 0;
  const logins = batch.map(async (n, index) => {
    const { code, id } = open[index] ?? { code: "", id: "" };
    const answer = await verify(gateway, id, code).catch(() => null);
    // On a machine that is busy enough the store may be late, and says so.
    if (answer === null || answer.status === 503) return;
    expect(answer.status, JSON.stringify(answer.body)).toBe(200);
    subjects.set(n, claimsOf(answer.body.access_token)["sub"]);
    answered++;
  });
  let over = false;
  const ended = Promise.all(logins).finally(() => {
    over = true;
  });
  const steps = moments.shift() ?? 0;
  while (!over && (await writtenBy(data, batch)) + answered < steps) await sleep(3);
  await gateway.end("SIGKILL");
  await ended;
}

describeMongo("a gateway on MongoDB that is killed again and again", (mongo) => {
  it("a gateway on MongoDB that is killed again and again leaves 200 users and 200 two-way links, no orphan, no duplicate", async () => {
    const url = mongo.newUrl();
    const data = mongo.data(url);
    await data.put("users", numbers.flatMap(accountOf));
    await data.put(
      "customers_v2",
      numbers.map((n) => customer(idOf(n), phoneOf(n))),
    );
    const folder = temporaryFolder();
    const start = () => startGateway(folder, { ...ENV, MONGODB_URL: url });
    const subjects: Subjects = new Map();
    for (let n = 0; n < CUSTOMERS; n += AT_ONCE) {
      await killedUnder(await start(), data, numbers.slice(n, n + AT_ONCE), subjects);
    }
    const left = await linksIn(data);
    expect(left.halfDone, "some were killed between their two writes").toBeGreaterThan(0);
    const gateway = await start();
    const again = new Map<number, unknown>();
    for (let n = 0; n < CUSTOMERS; n += AT_ONCE) {
      const batch = numbers.slice(n, n + AT_ONCE);
      const logins = batch.map((one) => logInAt(gateway, phoneOf(one)));
      for (const [index, { access_token, user }] of (await Promise.all(logins)).entries()) {
        expect(claimsOf(access_token)["sub"]).toBe(user.id);
        again.set(batch[index] ?? -1, user.id);
      }
    }
    for (const [n, subject] of subjects) expect(again.get(n), idOf(n)).toBe(subject);
    expect(new Set(again.values()).size).toBe(CUSTOMERS);
    const all = { users: CUSTOMERS, ids: CUSTOMERS, twoWay: CUSTOMERS, pointers: CUSTOMERS };
    expect(await linksIn(data)).toEqual({ ...all, halfDone: 0 });
  }, 120_000);
});
