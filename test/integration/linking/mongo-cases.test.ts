import { AsyncLocalStorage } from "node:async_hooks";
import type { CommandStartedEvent, Document } from "mongodb";
import { describe, expect, test } from "vitest";
import shared from "../../cases/linking.json" with { type: "json" };
import { HOUSEHOLDS } from "../../cases-extra/households.ts";
import { REFUSED_LINKS } from "../../cases-extra/refused-links.ts";
import { TIES_BY_ID } from "../../cases-extra/ties-by-id.ts";
import { USERS_BY_PHONE } from "../../cases-extra/users-by-phone.ts";
import { deferredWork } from "../../support/gateway/test-gateway.ts";
import { type LinkingCase, runLinkingCase } from "../../support/linking/linking-cases.ts";
import { describeMongo, type MongoSuite } from "../../support/stores/mongo-suite.ts";
import { type MongoWorld, mongoWorld } from "../../support/stores/mongo-world.ts";

const SETS: Readonly<Record<string, readonly LinkingCase[]>> = {
  "the shared cases": shared.cases as readonly LinkingCase[],
  "ties by id": TIES_BY_ID,
  "users found by phone": USERS_BY_PHONE,
  households: HOUSEHOLDS,
  contradictions: REFUSED_LINKS,
};

/** One answer of the gateway, and the commands that its client waited for. */
interface CountedAnswer {
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  readonly commands: readonly CommandStartedEvent[];
}

/** A world whose answers are told apart by the driver's own account of what it sent for each. */
async function countedWorld(mongo: MongoSuite, unique: boolean, given: LinkingCase) {
  const request = new AsyncLocalStorage<CommandStartedEvent[]>();
  const { server } = mongo;
  const watched: MongoSuite = {
    server,
    newUrl: () => mongo.newUrl(),
    data: mongo.data,
    connect(url) {
      const store = mongo.connect(url);
      store.client.on("commandStarted", (event) => {
        if (deferredWork.getStore() === undefined) request.getStore()?.push(event);
      });
      return store;
    },
  };
  const world = await mongoWorld(watched, { unique })(given);
  const answers: CountedAnswer[] = [];
  const { app } = world.test;
  const ask = app.request.bind(app);
  app.request = async (path, ...more) => {
    const commands: CommandStartedEvent[] = [];
    const answer = await request.run(commands, () => ask(path, ...more));
    const text = await answer.clone().text();
    answers.push({ path: String(path), body: JSON.parse(text), commands });
    return answer;
  };
  return { answers, world };
}

/** LINKING: a first login, the look-up for its phone included, is at most this many commands. */
const FIRST_LOGIN = 5;

const CHOICE = 3;

/** What a client waits for, by the driver's own account. */
function expectCounts(answers: readonly CountedAnswer[]): void {
  expect(answers.length).toBeGreaterThan(0);
  for (const { body, commands, path } of answers) {
    const names = commands.map(({ commandName }) => commandName);
    const label = `${path}: ${names}`;
    if (path === "/auth/otp") expect(names, label).toEqual([]);
    else if (body["selection_token"] !== undefined) {
      // Who can log in: the phone's customers, their users, and those whom the users name.
      expect(new Set(names), label).toEqual(new Set(["aggregate"]));
      expect(names.length, label).toBeLessThanOrEqual(CHOICE);
    } else if (body["first_login"] === false) {
      expect(names, label).toEqual(["aggregate", "aggregate"]);
    } else expect(names.length, label).toBeLessThanOrEqual(FIRST_LOGIN);
  }
}

const SENT_BY_US = ["aggregate", "find", "getMore", "killCursors", "update", "insert"];
const READS = ["aggregate", "find"];

/** A command that every MongoDB server takes: no transaction, and no validation is bypassed. */
function expectPlain({ command, commandName }: CommandStartedEvent): void {
  expect(SENT_BY_US).toContain(commandName);
  for (const name of ["startTransaction", "autocommit", "bypassDocumentValidation"]) {
    expect(command).not.toHaveProperty(name);
  }
  expect(command["$readPreference"]?.mode ?? "primary").toBe("primary");
  if (READS.includes(commandName)) {
    // A standalone server has no majority; the adapter then asks it for what it acknowledged.
    expect(["majority", "local", "linearizable"]).toContain(command["readConcern"]?.level);
    expect(JSON.stringify(command)).not.toMatch(/"\$(out|merge|where|function|expr)"/);
  }
  if (commandName === "update") {
    expect(command["writeConcern"]).toMatchObject({ w: "majority", j: true });
    const updates: readonly Document[] = command["updates"];
    expect(updates).toHaveLength(1);
    for (const { multi = false, q, u, upsert = false } of updates) {
      expect(Object.keys(q)).toEqual(expect.arrayContaining(["_id", "id"]));
      expect([multi, upsert, Array.isArray(u)]).toEqual([false, false, false]);
      for (const operator of Object.keys(u)) expect(["$set", "$unset"]).toContain(operator);
    }
  }
  if (commandName === "insert") {
    expect(command["writeConcern"]).toMatchObject({ w: "majority", j: true });
    expect(command["insert"]).toBe("users");
    expect(command["documents"]).toHaveLength(1);
  }
}

/** An empty phone, or null for anything, finds strangers. */
function expectNarrow({ command, commandName }: CommandStartedEvent): void {
  if (commandName !== "aggregate") return;
  const { $match } = command["pipeline"][0];
  const branches: readonly Document[] = $match.$or ?? [$match];
  for (const branch of branches) {
    const [entry, ...more] = Object.entries(branch) as [string, Document][];
    const [field, condition] = entry ?? ["nothing", {}];
    expect(more, "one index answers a branch").toEqual([]);
    expect(condition["$in"]?.length, field).toBeGreaterThan(0);
    for (const value of condition["$in"] ?? []) {
      expect([null, "", undefined]).not.toContain(value);
      if (field !== "_id" && field !== "phone") expect(typeof value).toBe("string");
    }
  }
}

/** Whether a database with the two unique indexes of LEGACY 1 could hold the documents. */
function fitsUniqueIndexes({ customers_v2, users }: LinkingCase): boolean {
  const distinct = (values: readonly unknown[]) =>
    new Set(values.map((value) => JSON.stringify(value ?? null))).size === values.length;
  return (
    distinct(users.map(({ email }) => email)) &&
    distinct(customers_v2.map(({ user_id }) => user_id))
  );
}

describeMongo("a login over HTTP on MongoDB, every command of it counted,", (mongo) => {
  const play = async (given: LinkingCase, unique: boolean) => {
    let sent: MongoWorld["commands"] = [];
    let counted: readonly CountedAnswer[] = [];
    await runLinkingCase(async () => {
      const { answers, world } = await countedWorld(mongo, unique, given);
      [sent, counted] = [world.commands, answers];
      return world;
    }, given);
    expectCounts(counted);
    expect(sent.length).toBeGreaterThan(0);
    for (const command of sent) {
      expectPlain(command);
      expectNarrow(command);
    }
  };

  for (const [set, cases] of Object.entries(SETS)) {
    describe(set, () => {
      test.each(cases)(
        "a login over HTTP on MongoDB, every command of it counted, $name",
        (given) => play(given, false),
      );
    });
    describe(`${set}, with unique indexes`, () => {
      test.each(cases.filter(fitsUniqueIndexes))(
        "a login over HTTP on MongoDB, every command of it counted, $name",
        (given) => play(given, true),
      );
    });
  }
});
