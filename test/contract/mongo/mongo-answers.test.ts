import { type Document, Long } from "mongodb";
import { expect, it, onTestFinished } from "vitest";
import { connectMongo, type MongoStore } from "../../../src/adapters/mongo/connect.ts";
import { mongoDirectory } from "../../../src/adapters/mongo/directory.ts";
import type { DocumentKey } from "../../../src/core/ids.ts";
import { mongoStandIn, type StandInKind } from "../../support/stores/mongo-stand-in.ts";
import { silentLog } from "../../support/stores/mongo-suite.ts";
import { hex, oid } from "../directory/directory-instance.ts";
import { expectUnavailable } from "../state/promise.ts";

const READ = {
  key: JSON.stringify(oid(1)) as DocumentKey,
  objectId: hex(1),
  fields: { id: "u-1" },
  idShared: false,
};
const SET = { set: { customer_v2_id: "c-1" } };

/** A directory on a server that answers as it is told. */
async function begin(kind: StandInKind, query?: string) {
  const server = await mongoStandIn(kind, query);
  const store: MongoStore = connectMongo({ url: server.url, log: silentLog });
  onTestFinished(async () => {
    await store.close();
    await server.close();
  });
  return { directory: mongoDirectory(store, { now: Date.now }), server, store };
}

const failure = (code: number, more: Document = {}) => ({
  ok: 0,
  code,
  codeName: "Any",
  errmsg: "no",
  ...more,
});

for (const [kind, level] of [
  ["standalone", "local"],
  ["replica-set", "majority"],
  ["mongos", "majority"],
] as const) {
  it(`reads from the primary at ${level} and writes to the majority's journal: ${kind}`, async () => {
    const { directory, server } = await begin(kind);
    await directory.findUsers({ ids: ["u-1"] });
    await directory.changeUser(READ, [], SET);
    await directory.insertUser(hex(2), { id: "u-2" });
    await directory.scanCustomers(() => true, { maxMs: 1000, maxDocuments: 5 });
    const [find, change, insert, scan] = server.commands;
    for (const read of [find, scan]) expect(read?.readConcern).toEqual({ level });
    for (const command of server.commands) {
      expect(command.$readPreference ?? { mode: "primary" }).toEqual({ mode: "primary" });
      expect(command.maxTimeMS).toBeGreaterThan(0);
      expect(command.maxTimeMS).toBeLessThanOrEqual(2500);
    }
    for (const write of [change, insert]) {
      expect(write?.writeConcern).toEqual({ w: "majority", j: true, wtimeout: 2000 });
      expect(write?.txnNumber !== undefined).toBe(kind !== "standalone");
    }
    expect(server.commands.some((command) => command.startTransaction)).toBe(false);
  });
}

it("reads linearizably where the URL asks for that", async () => {
  const { directory, server } = await begin("replica-set", "?readConcernLevel=linearizable");
  await directory.findUsers({ ids: ["u-1"] });
  expect(server.commands[0]?.readConcern).toEqual({ level: "linearizable" });
});

it("sends a write again as the same write when the connection breaks", async () => {
  const { directory, server } = await begin("replica-set");
  server.script("cut", { ok: 1, n: 1, nModified: 1 });
  expect(await directory.changeUser(READ, [], SET)).toBe("applied");
  const [first, second, ...more] = server.commands;
  expect(more).toEqual([]);
  expect([second?.txnNumber, second?.lsid]).toEqual([first?.txnNumber, first?.lsid]);
});

it("does not send a write again where the server cannot tell: the caller reads first", async () => {
  const { directory, server } = await begin("standalone");
  server.script("cut");
  await expectUnavailable({ change: () => directory.changeUser(READ, [], SET) });
  expect(server.commands).toHaveLength(1);
});

it("goes on with the new primary when the old one steps down", async () => {
  const { directory, server } = await begin("replica-set");
  const errorLabels = ["RetryableWriteError"];
  server.script(failure(10107, { errorLabels }), { ok: 1, n: 1, nModified: 1 });
  expect(await directory.changeUser(READ, [], SET)).toBe("applied");
  expect(server.commands).toHaveLength(2);
});

it("says `unavailable` of what may pass, `failed` of what will not", async () => {
  const passing = [10107, 189, 91, 11600, 50, 262, 64, 134];
  const lasting = [13, 18, 2, 9, 59, 8000];
  for (const code of [...passing, ...lasting]) {
    const { directory, server } = await begin("standalone");
    server.script(failure(code), failure(code));
    const kind = passing.includes(code) ? "unavailable" : "failed";
    const asked = directory.changeUser(READ, [], SET);
    await expect(asked, `${code}`).rejects.toMatchObject({
      name: "AdapterError",
      kind,
      message: `mongo change-user ${kind}`,
    });
  }
});

it("takes a write that the majority did not acknowledge for none", async () => {
  const { directory, server } = await begin("replica-set");
  const writeConcernError = { code: 64, codeName: "WriteConcernTimeout", errmsg: "waiting" };
  server.script({ ok: 1, n: 1, nModified: 1, writeConcernError });
  await expectUnavailable({ change: () => directory.changeUser(READ, [], SET) });
});

it("asks which index refused, whatever the server says of it", async () => {
  const refused = (index: string, more: Document = {}) => {
    const errmsg = `E11000 duplicate key error collection: e.users index: ${index} dup key: {}`;
    return { ok: 1, n: 0, writeErrors: [{ index: 0, code: 11000, errmsg, ...more }] };
  };
  const found = (...firstBatch: Document[]) => ({
    ok: 1,
    cursor: { id: Long.ZERO, ns: "e.users", firstBatch },
  });
  const { directory, server } = await begin("replica-set");
  server.script(refused("email_1"), found());
  expect(await directory.insertUser(hex(1), { id: "u-1" })).toBe("duplicate");
  server.script(refused("email_1"), found({ _id: 1 }));
  expect(await directory.insertUser(hex(1), { id: "u-1" })).toBe("duplicate-key");
  server.script(refused("user_id_1"));
  expect(await directory.changeCustomer(READ, [], SET)).toBe("duplicate");
});

it("ends a scan that the server gives up, with what it has found, and says when it is down", async () => {
  const bounds = { maxMs: 1000, maxDocuments: 500 };
  const batch = (id: number, phones: readonly string[]) => ({
    ok: 1,
    cursor: {
      id: Long.fromNumber(id),
      ns: "e.customers_v2",
      [id === 7 ? "firstBatch" : "nextBatch"]: phones.map((phone) => ({ _id: phone, phone })),
    },
  });
  const { directory, server } = await begin("standalone");
  server.script(failure(50));
  expect(await directory.scanCustomers(() => true, bounds)).toEqual([]);
  server.script(batch(7, ["1"]), failure(50));
  expect(await directory.scanCustomers(() => true, bounds)).toEqual(['"1"']);
  server.script(batch(7, ["1"]), batch(0, ["2"]));
  expect(await directory.scanCustomers(() => true, bounds)).toEqual(['"1"', '"2"']);
  server.script(batch(7, ["1"]), failure(43));
  await expectUnavailable({ scan: () => directory.scanCustomers(() => true, bounds) });
  server.script(batch(7, ["1"]), "cut", "cut");
  await expectUnavailable({ scan: () => directory.scanCustomers(() => true, bounds) });
});

it("refuses a server that is too old to answer a look-up in one command", async () => {
  const { directory, server } = await begin("mongodb-4.4");
  await expect(directory.findUsers({ ids: ["u-1"] })).rejects.toMatchObject({
    kind: "failed",
    cause: new TypeError("MongoDB 5.0 or later is needed"),
  });
  expect(server.commands).toEqual([]);
});

it("does not read what a secondary remembers, where the URL names it directly", async () => {
  const { directory, server } = await begin("secondary", "?directConnection=true");
  await expect(directory.findUsers({ ids: ["u-1"] })).rejects.toMatchObject({
    kind: "unavailable",
  });
  expect(server.commands).toEqual([]);
});

it("says in the log that the server is down and that it is back, once each, and no more", async () => {
  const server = await mongoStandIn("standalone");
  const lines: unknown[] = [];
  const log = { write: (...line: unknown[]) => void lines.push(line) };
  const store = connectMongo({ url: server.url, log });
  // Not a read of the driver's, which it tries again by itself.
  const look = () => store.run("look", (db) => db.command({ ping: 1 }));
  await look();
  expect(lines).toEqual([]);
  server.script("cut");
  await expectUnavailable({ look });
  await look();
  expect(lines).toEqual([
    ["error", "mongo-down", { error: "MongoNetworkError" }],
    ["info", "mongo-up"],
  ]);
  await store.close();
  await server.close();
  expect(lines).toHaveLength(2);
});
