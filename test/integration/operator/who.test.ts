import { describe, expect, test } from "vitest";
import { mongoDirectory } from "../../../src/adapters/mongo/directory.ts";
import { openSqlite } from "../../../src/adapters/sqlite/node.ts";
import { type SeedDocuments, seedDirectory } from "../../../src/adapters/sqlite/seed.ts";
import { whoCommand } from "../../../src/cli/commands/who.ts";
import { readSample } from "../../../src/runtimes/node/sample-data.ts";
import { generateKeys } from "../../../src/tokens/generate-keys.ts";
import { customer } from "../../cases-extra/people.ts";
import { randomBytes, sqliteFolder } from "../../contract/sqlite/sqlite-files.ts";
import {
  askForCode,
  challengeFor,
  claimsOf,
  logIn,
  newestCode,
  verify,
  wrongFor,
} from "../../support/gateway/client.ts";
import { type TestGateway, testGateway } from "../../support/gateway/test-gateway.ts";
import { describeMongo, type MongoSuite } from "../../support/stores/mongo-suite.ts";
import { freePort } from "../../support/stores/redis-server.ts";
import { BROKEN, PHONE } from "../linking/broken-documents.ts";

const keys = await generateKeys({ algorithms: ["ES256"] });
const KEYS = {
  JWT_PRIVATE_JWKS: keys.jwtPrivateJwks,
  SECRET_KEYS: keys.secretKeys,
  INDEX_KEY: keys.indexKey,
};

/** One command line to its end. */
async function who(env: Readonly<Record<string, string>>, ...args: string[]) {
  const written = { out: "", err: "" };
  const to = (stream: "out" | "err") => (text: string) => {
    written[stream] += text;
  };
  const io = { out: to("out"), err: to("err") };
  const code = await whoCommand(args, io, { ...KEYS, ...env });
  return { code, ...written };
}

/** Documents in a store: the settings that find them, and a gateway over them. */
interface Store {
  readonly env: Readonly<Record<string, string>>;
  gateway(): Promise<TestGateway>;
}

/** The command's own keys and time; a single wrong code locks the phone. */
const SAME = {
  env: { ...KEYS, OTP_FAILURES_PER_PHONE: "1" },
  clock: { now: Date.now, advance: () => undefined },
};

type Fill = (documents: SeedDocuments) => Promise<Store>;

const onSqlite: Fill = async (documents) => {
  const { path } = await sqliteFolder();
  const { close, sql } = openSqlite(path);
  seedDirectory(sql, documents, { randomBytes });
  close();
  return { env: { SQLITE_PATH: path }, gateway: () => testGateway({ ...SAME, path }) };
};

const onMongo =
  (mongo: MongoSuite): Fill =>
  async (documents) => {
    const url = mongo.newUrl();
    const data = mongo.data(url);
    await data.put("users", documents.users);
    await data.put("customers_v2", documents.customers_v2);
    const { path } = await sqliteFolder();
    const directory = mongoDirectory(mongo.connect(url), { now: Date.now });
    return {
      env: { NODE_ENV: "development", MONGODB_URL: url, SQLITE_PATH: path },
      gateway: () => testGateway({ ...SAME, path, wrapDirectory: () => directory }),
    };
  };

function declare(fill: Fill): void {
  test("says of the sample's people what there is, how it is tied, what a login would do", async () => {
    const { env } = await fill(readSample());
    const linked = await who(env, "9876500002");
    expect([linked.code, linked.err]).toEqual([0, ""]);
    expect(linked.out).toMatch(/^phone +\+919876500002$/m);
    expect(linked.out).toMatch(/^customer +7d1f0a52-\S+ {2}Ravi Kulkarni {2}active$/m);
    expect(linked.out).toMatch(/^ {2}tied +users.customer_v2_id names the customer;/m);
    expect(linked.out).toMatch(
      /^ {2}login +as users.id 2c9e4b71-\S+: both records name each other$/m,
    );
    const phone = await who(env, "9876500008");
    expect(phone.out).toMatch(/^ {2}user +\S+ {2}Gopal K Hegde {2}customer$/m);
    expect(phone.out).toMatch(/^ {2}tied +both have the phone$/m);
    expect(phone.out).toMatch(
      /login +links users.id \S+, who has this phone and name, and logs in as that user/,
    );
    const byUser = await who(env, "2c9e4b71-5a0d-4f38-8b17-000000000008");
    expect(byUser.out, "by U the same").toBe(phone.out);
    const imported = await who(env, "7d1f0a52-8c3e-4b6a-9e21-000000000003", "--json");
    expect(JSON.parse(imported.out)).toMatchObject({
      customers: [{ login: "reuse", users: [{ rank: "B", sessions: [] }] }],
    });
    const conflict = await who(env, "9876500012");
    expect([conflict.code, conflict.out]).toEqual([1, expect.stringContaining("delivery_boy")]);
    expect(conflict.out).toContain("refused (link-conflict)");
    for (const { out } of [linked, phone, conflict])
      expect(out, "no secret").not.toMatch(/\$2b\$|@/);
  });

  test("says so where nobody is found, where it is asked wrongly, and where a document shouts", async () => {
    const shouting = customer("c-1", PHONE, { name: "\u001b[2J\u009bAsha\u202e\nroot" });
    const { env } = await fill({ customers_v2: [shouting], users: [] });
    expect(await who(env, "no-such-id")).toEqual({ code: 1, out: "no such person\n", err: "" });
    for (const spoken of ["ACD234", "acd 234"]) {
      const { code, err, out } = await who(env, spoken);
      expect([code, out]).toEqual([1, "no such person\n"]);
      expect(err).toContain(`grep '"reference":"ACD234"'`);
      expect(err).toContain("wrangler tail --search ACD234");
    }
    expect(await who(env, "9111111111")).toMatchObject({
      code: 1,
      out: "phone      +919111111111\n\nno such person\n",
    });
    for (const args of [[], ["a", "b"], ["--all"], [""]]) {
      expect(await who(env, ...args)).toMatchObject({ code: 2, out: "" });
    }
    expect((await who(env, "c-1")).out).toContain("?[2J?Asha??root");
  });

  test("foretells the user whom a login makes, and tells of sessions and of a lock", async () => {
    const { env, gateway } = await fill({ customers_v2: [customer("c-1", PHONE)], users: [] });
    const before = await who(env, PHONE);
    expect([before.code, before.out]).toEqual([0, expect.stringMatching(/login +makes users.id/)]);
    const running = await gateway();
    const { body } = await logIn(running, PHONE);
    const sid = String(claimsOf(body.access_token)["sid"]);
    expect(before.out).toContain(body.user.id);
    const { challenge_id, code } = await challengeFor(running, PHONE);
    await verify(running, challenge_id, wrongFor(code));
    const after = await who(env, PHONE);
    expect(after.out).toMatch(/^phone +\+919876500001 {2}LOCKED until 20\d\d-/);
    expect(after.out).toMatch(/^ {2}user +\S+ {2}Asha Rao {2}customer {2}1 session$/m);
    expect(after.out).toMatch(/^ {11}counted: 2 sent, 0 wrong in a row, 1 wrong in 24 h$/m);
    expect(after.out).toMatch(new RegExp(`^ {2}session +${sid} {2}doorstep {2}used 20`, "m"));
    const json = JSON.parse((await who(env, body.user.id, "--json")).out);
    expect(json).toMatchObject({
      phones: [
        { phone: "+919876500001", lanes: [{ customer_id: null, sends: 2, wrong_codes: 1 }] },
      ],
      customers: [{ users: [{ sessions: [{ sid, client_id: "doorstep", customer_id: "c-1" }] }] }],
    });
    expect(json.phones[0].locked_until).toMatch(/^20/);
    expect(after.out).toContain(`as users.id ${body.user.id}: both records name each other`);
  });

  describe.each(Object.entries(BROKEN))(
    "%s",
    (_, { asked, customers_v2, exit = 1, token, users = [] }) => {
      test("is named, and never crashes it", async () => {
        const { env } = await fill({ customers_v2, users });
        for (const [text, expected] of Object.entries(asked)) {
          const { code, err, out } = await who(env, text);
          expect([code, err], text).toEqual([exit, ""]);
          for (const part of expected) {
            if (part instanceof RegExp) expect(out).toMatch(part);
            else expect(out).toContain(part);
          }
          const json = await who(env, text, "--json");
          expect([json.code, typeof JSON.parse(json.out)]).toEqual([code, "object"]);
        }
      });

      test(token ? "may log in" : "gives no token over HTTP", async () => {
        const { gateway } = await fill({ customers_v2, users });
        const running = await gateway();
        const { body, status } = await askForCode(running, PHONE);
        const code = newestCode(running, PHONE) ?? "000000";
        const answer = await verify(running, body.challenge_id, code);
        expect([status, running.runtime.errors]).toEqual([202, []]);
        expect(answer.status).toBeLessThan(500);
        expect("access_token" in answer.body).toBe(token === true);
      });
    },
  );
}

describe("`doorstep who` on SQLite", () => declare(onSqlite));

describeMongo("`doorstep who` on MongoDB", (mongo) => {
  declare(onMongo(mongo));

  test("`doorstep who` on MongoDB ends with 3 where the store is down, soon, and names no host", async () => {
    const { path } = await sqliteFolder();
    const url = `mongodb://127.0.0.1:${await freePort()}/earlybird`;
    const started = performance.now();
    const { code, err, out } = await who({ MONGODB_URL: url, SQLITE_PATH: path }, PHONE);
    expect([code, out]).toEqual([3, ""]);
    expect(err).toContain("mongo");
    expect(err).not.toContain("127.0.0.1");
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
