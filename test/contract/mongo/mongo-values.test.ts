import { Binary, type Document, Double, Int32, Long, ObjectId } from "mongodb";
import { expect, it } from "vitest";
import { mongoDirectory } from "../../../src/adapters/mongo/directory.ts";
import type { DocumentKey } from "../../../src/core/ids.ts";
import { LISTED_SPELLING } from "../../../src/core/phone/phone.ts";
import { commandsOf, describeMongo, type MongoSuite } from "../../support/stores/mongo-suite.ts";
import { hex, oid, readOne } from "../directory/directory-instance.ts";
import { declareBsonGuards } from "./mongo-guards.ts";

const clock = { now: Date.now };

function begin(mongo: MongoSuite) {
  const url = mongo.newUrl();
  const store = mongo.connect(url);
  return { data: mongo.data(url), directory: mongoDirectory(store, clock), store };
}

describeMongo("MongoDB's own values", (mongo) => {
  declareBsonGuards(async () => begin(mongo));

  it("the MongoDB directory finds a phone stored as a number of any type, and reads it as one", async () => {
    const { data, directory } = begin(mongo);
    const types = [Long.fromNumber(9876500001), new Double(9876500001)];
    await data.putRaw("customers_v2", [
      ...types.map((phone, n) => ({ id: `c-${n}`, phone })),
      { id: "small", phone: new Int32(5) },
      { id: "long", phone: Long.fromString("9876500001987650") },
    ]);
    const found = await directory.findCustomers({ phones: [9876500001, 5] });
    expect(found.map(({ fields }) => [fields.id, fields.phone])).toEqual([
      ["c-0", 9876500001],
      ["c-1", 9876500001],
      ["small", 5],
    ]);
  });

  it("the MongoDB directory gives and finds a key of any type, and none for another", async () => {
    const { data, directory } = begin(mongo);
    const ids: readonly unknown[] = [
      ...[new ObjectId(hex(1)), hex(1), 7, Long.fromString("9007199254740993"), 1.5, true],
      ...[new Date(5), new Binary(new Uint8Array([1])), { a: 1, b: [2] }, Number.NaN],
    ];
    const documents = ids.map((_id, n) => ({ _id, id: `c-${n}` }) as Document);
    await data.putRaw("customers_v2", documents);
    for (const index of ids.keys()) {
      const { key, objectId } = await readOne(directory, "customers_v2", `c-${index}`);
      expect(objectId).toBe(index === 0 ? hex(1) : null);
      const found = await directory.findCustomers({ keys: [key] });
      expect(found.map(({ fields }) => fields.id)).toEqual([`c-${index}`]);
      const set = { set: { mark: 1 } };
      const [read] = found;
      expect(read && (await directory.changeCustomer(read, [], set))).toBe("applied");
    }
  });

  it("the MongoDB directory lets nothing but texts and numbers into a filter, and sends nothing otherwise", async () => {
    const { directory, store } = begin(mongo);
    await directory.check();
    const commands = commandsOf(store);
    const odd: readonly unknown[] = [{ $ne: null }, ["5"], null, undefined, true, new Date(), /a/];
    for (const value of odd) {
      const list = [value] as string[];
      for (const query of [{ ids: list }, { emails: list }, { customerIds: list }]) {
        await expect(directory.findUsers(query)).rejects.toThrow(TypeError);
      }
      for (const query of [{ ids: list }, { userIds: list }, { phones: list }]) {
        await expect(directory.findCustomers(query)).rejects.toThrow(TypeError);
      }
      await expect(directory.findUsers({ objectIds: list })).rejects.toThrow(TypeError);
    }
    const patterns = ['{"$regularExpression":{"pattern":"","options":""}}', '["5"]', "not JSON"];
    for (const key of patterns) {
      await expect(directory.findCustomers({ keys: [key as DocumentKey] })).rejects.toThrow();
    }
    await expect(directory.findUsers({ objectIds: ["abc"] })).rejects.toThrow(TypeError);
    await expect(directory.findCustomers({ phones: ["1", ""] })).rejects.toThrow(TypeError);
    expect(await directory.findUsers({ ids: ["\ud800"] })).toEqual([]);
    expect(commands).toEqual([]);
  });

  it("the MongoDB directory names no field that an update or a filter would read as more than a name", async () => {
    const { data, directory } = begin(mongo);
    await data.put("users", [{ _id: oid(1), id: "u-1", a: { b: 1 } }]);
    const read = await readOne(directory, "users", "u-1");
    for (const name of ["a.b", "$where", "", "a\0", "0"]) {
      const set = { set: { [name]: 1 } };
      await expect(directory.changeUser(read, [], set)).rejects.toThrow(TypeError);
      await expect(directory.changeUser(read, [name], { set: { c: 1 } })).rejects.toThrow(
        TypeError,
      );
      const unset = { set: {}, unset: [name] };
      await expect(directory.changeUser(read, [], unset)).rejects.toThrow(TypeError);
    }
    expect(await data.documents("users")).toEqual([{ _id: oid(1), id: "u-1", a: { b: 1 } }]);
  });

  it("the MongoDB directory takes no stored field for its own", async () => {
    const { data, directory } = begin(mongo);
    const fields = { id: "u-1", duplicates: [1, 2, 3], document: { id: "x" } };
    await data.put("users", [{ _id: oid(1), ...fields }]);
    const read = await readOne(directory, "users", "u-1");
    expect(read).toMatchObject({ fields, idShared: false });
  });

  it("the MongoDB directory gets as many documents as there are in one command", async () => {
    const { data, directory, store } = begin(mongo);
    await data.put(
      "customers_v2",
      Array.from({ length: 300 }, (_, n) => ({ id: `c-${n}`, phone: "1" })),
    );
    await directory.check();
    const commands = commandsOf(store);
    expect(await directory.findCustomers({ phones: ["1"] })).toHaveLength(300);
    expect(commands.map(({ commandName }) => commandName)).toEqual(["aggregate"]);
  });

  it("the MongoDB directory leaves spellings that an index can list, and what is no text, on the server", async () => {
    const { data, directory } = begin(mongo);
    const listed = ["9876500001", "+91 98765 00001", "09876500001.0"];
    const rare = ["98765 000 01", "9876500001\n", "(98765) 00001", "९८७६५०००००१"];
    const others = [9876500001, null, { a: 1 }, []];
    await data.put(
      "customers_v2",
      [...listed, ...rare, ...others].map((phone) => ({ phone })),
    );
    const seen: unknown[] = [];
    const bounds = { maxMs: 2000, maxDocuments: 4, textsUnlike: LISTED_SPELLING };
    const keys = await directory.scanCustomers((phone) => seen.push(phone) > 0, bounds);
    expect(seen).toEqual(rare);
    expect(keys).toHaveLength(rare.length);
  });
});
