import { Decimal128, type Document, Double, Int32, Long, ObjectId } from "mongodb";
import { expect, it } from "vitest";
import { mongoDirectory } from "../../../src/adapters/mongo/directory.ts";
import { WANTED } from "../../../src/adapters/mongo/indexes.ts";
import { migrate } from "../../../src/adapters/mongo/migrate.ts";
import { mongoIndexes } from "../../../src/adapters/mongo/migrate-store.ts";
import type { DocumentKey, Phone } from "../../../src/core/ids.ts";
import { LISTED_SPELLING, spellingsOf } from "../../../src/core/phone/phone.ts";
import { commandsOf, describeMongo, type MongoSuite } from "../../support/stores/mongo-suite.ts";
import { hex, oid, readOne } from "../directory/directory-instance.ts";

const SPELLINGS = spellingsOf("+919876500001" as Phone);
const KEY = JSON.stringify(oid(1)) as DocumentKey;
const USER_QUERY = {
  ids: ["u-1", "c-1"],
  objectIds: [hex(1)],
  customerIds: ["c-1"],
  marks: ["c-1"],
  emails: ["customer-c-1@earlybird.local"],
  phones: SPELLINGS,
};
const CUSTOMER_QUERY = { ids: ["c-1"], userIds: ["u-1"], phones: SPELLINGS, keys: [KEY] };
const INDEXED = {
  users: ["_id", "customer_v2_id", "doorstep_customer_id", "email", "id", "phone"],
  customers_v2: ["_id", "id", "phone", "user_id"],
} as const;

async function begin(mongo: MongoSuite) {
  const url = mongo.newUrl();
  const store = mongo.connect(url);
  const data = mongo.data(url);
  await data.put("users", [{ _id: oid(1), id: "u-1" }]);
  await data.put("customers_v2", [{ _id: oid(1), id: "c-1", phone: "9876500001" }]);
  const directory = mongoDirectory(store, { now: Date.now });
  await directory.check();
  return { commands: commandsOf(store), data, directory, store };
}

const isPlain = (value: unknown): boolean =>
  typeof value === "string" ||
  [ObjectId, Decimal128, Double, Long, Int32].some((type) => value instanceof type);

/** Each branch is one field with a list of plain values: one index answers it. */
function expectOneIndexEach(filter: Document, fields: readonly string[]): void {
  const branches: Document[] = filter.$or ?? [filter];
  expect(branches.map((branch) => Object.keys(branch))).toEqual(
    [...branches].map((_, n) => [Object.keys(branches[n] ?? {})[0]]),
  );
  expect(branches.flatMap((branch) => Object.keys(branch)).sort()).toEqual(fields);
  for (const condition of branches.flatMap((branch) => Object.values(branch))) {
    const { $in, $not, ...others } = condition as Document;
    expect(others).toEqual({});
    expect($not ?? { $type: "array" }).toEqual({ $type: "array" });
    expect($in.length).toBeGreaterThan(0);
    expect($in.filter((value: unknown) => !isPlain(value))).toEqual([]);
  }
}

describeMongo("the commands of the MongoDB directory", (mongo) => {
  it("the MongoDB directory asks one command for every clause, each answered by one index", async () => {
    const { commands, directory } = await begin(mongo);
    await directory.findUsers(USER_QUERY);
    await directory.findCustomers(CUSTOMER_QUERY);
    expect(commands.map(({ commandName }) => commandName)).toEqual(["aggregate", "aggregate"]);
    for (const [index, collection] of (["users", "customers_v2"] as const).entries()) {
      const { aggregate, pipeline } = commands[index]?.command ?? {};
      expect(aggregate).toBe(collection);
      expectOneIndexEach(pipeline[0].$match, INDEXED[collection]);
      // The duplicates are found by the index on `id`, of their own collection.
      expect(pipeline[2].$lookup).toMatchObject({ from: collection, foreignField: "id" });
      expect(pipeline).toHaveLength(3);
    }
  });

  it("the MongoDB directory finds a phone by one `$in` over its spellings, texts and numbers of every type", async () => {
    const { commands, directory } = await begin(mongo);
    await directory.findCustomers({ phones: SPELLINGS });
    const { phone, ...others } = commands[0]?.command.pipeline[0].$match ?? {};
    expect(others).toEqual({});
    const asked: unknown[] = phone.$in;
    const texts = SPELLINGS.filter((spelling) => typeof spelling === "string");
    expect(asked.filter((value) => typeof value === "string").sort()).toEqual(texts.sort());
    const numbers = asked.filter((value) => typeof value !== "string").map(String);
    // As a double, a 64-bit integer and a decimal.
    expect(numbers.sort()).toEqual(["919876500001", "9876500001"].flatMap((n) => [n, n, n]));
  });

  it("the MongoDB directory has an index for every field that it asks by, after `doorstep migrate`", async () => {
    const asked = Object.entries(INDEXED).flatMap(([collection, fields]) =>
      fields.filter((field) => field !== "_id").map((field) => `${collection}.${field}`),
    );
    expect(WANTED.map(({ collection, field }) => `${collection}.${field}`).sort()).toEqual(
      asked.sort(),
    );
  });

  it("the MongoDB directory writes by `_id`, in one command, without transaction and update pipeline", async () => {
    const { commands, directory } = await begin(mongo);
    const read = await readOne(directory, "users", "u-1");
    await directory.changeUser(read, ["role", "email"], { set: { name: "Asha" }, unset: ["x"] });
    await directory.insertUser(hex(2), { id: "u-2" });
    const [, update, insert, ...more] = commands.map(({ command }) => command);
    expect(more).toEqual([]);
    const [{ q, u, multi, upsert }] = update?.updates ?? [{}];
    expect(q._id).toEqual({ $eq: new ObjectId(hex(1)) });
    expect([u, multi ?? false, upsert ?? false]).toEqual([
      { $set: { name: "Asha" }, $unset: { x: "" } },
      false,
      false,
    ]);
    expect(insert?.documents).toHaveLength(1);
    for (const command of [update, insert]) expect(command?.startTransaction).toBeUndefined();
  });

  it("the MongoDB directory scans with a bound on time and number, and reads the phone alone", async () => {
    const { commands, directory } = await begin(mongo);
    const bounds = { maxMs: 1234, maxDocuments: 77, textsUnlike: LISTED_SPELLING };
    await directory.scanCustomers(() => true, bounds);
    expect(commands[0]?.command).toMatchObject({
      find: "customers_v2",
      projection: { phone: 1 },
      limit: 77,
      maxTimeMS: 1234,
    });
  });

  it("the MongoDB directory asks once more where a guarded write matched nothing, and by `_id` again", async () => {
    const { commands, data, directory } = await begin(mongo);
    const read = await readOne(directory, "users", "u-1");
    await data.put("users", [{ _id: oid(1), id: "u-1", role: "admin" }]);
    expect(await directory.changeUser(read, ["role"], { set: { name: "Asha" } })).toBe("lost");
    expect(commands.map(({ commandName }) => commandName)).toEqual(["aggregate", "update", "find"]);
    expect(commands[2]?.command.filter._id).toEqual({ $eq: new ObjectId(hex(1)) });
  });

  it("the MongoDB directory is answered by index scans alone, says a server that explains", async () => {
    const { commands, data, directory, store } = await begin(mongo);
    const many = (prefix: string) =>
      Array.from({ length: 500 }, (_, n) => ({
        id: `${prefix}-${n}`,
        phone: `98765${String(n).padStart(5, "0")}`,
        email: `${n}@example.com`,
        customer_v2_id: `c-${n}`,
        user_id: `u-${n}`,
      }));
    await data.clear("users");
    await data.clear("customers_v2");
    await data.put("users", many("u"));
    await data.put("customers_v2", many("c"));
    await migrate(mongoIndexes(store), { apply: true, replace: false });
    await directory.findUsers(USER_QUERY);
    await directory.findCustomers(CUSTOMER_QUERY);
    for (const { command } of commands.filter(({ commandName }) => commandName === "aggregate")) {
      const { aggregate, pipeline } = command;
      const explained = data.db.collection(aggregate).aggregate(pipeline).explain("queryPlanner");
      if (mongo.server.kind === "jongodb") {
        await expect(explained, "jongodb explains by now").rejects.toThrow("no such command");
        continue;
      }
      const text = JSON.stringify(await explained);
      expect(text).toContain('"IXSCAN"');
      expect(text).not.toContain('"COLLSCAN"');
    }
  });
});
