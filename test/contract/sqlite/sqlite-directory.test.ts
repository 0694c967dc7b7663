import { describe, expect, it } from "vitest";
import { sqliteDirectory } from "../../../src/adapters/sqlite/directory.ts";
import { documentRow } from "../../../src/adapters/sqlite/extended-json.ts";
import { addUniqueIndexes } from "../../../src/adapters/sqlite/schema.ts";
import type { Sql } from "../../../src/adapters/sqlite/sql.ts";
import { toHex } from "../../../src/core/bytes.ts";
import { directorySuite } from "../directory/directory.suite.ts";
import {
  type Collection,
  type MakeDirectory,
  oid,
  type RawDocument,
  readOne,
} from "../directory/directory-instance.ts";
import { expectUnavailable } from "../state/promise.ts";
import { observed, randomBytes, sqliteFolder } from "./sqlite-files.ts";

const clock = { now: Date.now };

function put(sql: Sql, collection: Collection, documents: readonly RawDocument[]): void {
  sql.transaction(() => {
    for (const document of documents) {
      const { key, doc } = documentRow(document, () => toHex(randomBytes(12)));
      sql.run(`INSERT OR REPLACE INTO ${collection} (key, doc) VALUES (?, ?)`, key, doc);
    }
  });
}

function documentsOf(sql: Sql, collection: Collection): RawDocument[] {
  return sql.all(`SELECT key, doc FROM ${collection}`).map(({ key, doc }) => ({
    _id: JSON.parse(String(key)),
    ...JSON.parse(String(doc)),
  }));
}

const make: MakeDirectory = async ({ unique }) => {
  const folder = await sqliteFolder();
  const [one, two, raw] = [folder.open(), folder.open(), folder.open().sql];
  if (unique) addUniqueIndexes(raw, ["users.email", "customers_v2.user_id"]);
  let commands = 0;
  return {
    directory: sqliteDirectory(
      observed(one.sql, () => {
        commands++;
      }),
      clock,
    ),
    other: sqliteDirectory(two.sql, clock),
    put: async (collection, documents) => put(raw, collection, documents),
    clear: async (collection) => void raw.run(`DELETE FROM ${collection}`),
    documents: async (collection) => documentsOf(raw, collection),
    commands: () => commands,
    breakIt: async () => one.close(),
    close: async () => undefined,
  };
};

directorySuite("SQLite", make);

describe("SQLite directory", () => {
  it("SQLite directory lets no other process change a document between its comparison and its write", async () => {
    const folder = await sqliteFolder();
    const raw = folder.open().sql;
    const refused: string[] = [];
    const sql = observed(folder.open().sql, (query) => {
      if (!/^(UPDATE|DELETE)/.test(query)) return;
      expect(() => put(raw, "users", [{ _id: oid(1), id: "u-1", notes: 1 }])).toThrow("locked");
      refused.push(query.slice(0, 6));
    });
    const directory = sqliteDirectory(sql, clock);
    put(raw, "users", [{ _id: oid(1), id: "u-1", notes: 0 }]);
    const read = await readOne(directory, "users", "u-1");
    expect(await directory.changeUser(read, [], { set: { name: "Asha" } })).toBe("applied");
    expect(documentsOf(raw, "users")).toEqual([{ _id: oid(1), id: "u-1", notes: 0, name: "Asha" }]);
    const changed = await readOne(directory, "users", "u-1");
    expect(await directory.removeDocument("users", changed)).toBe("applied");
    expect(refused).toEqual(["UPDATE", "DELETE"]);
  });

  it("SQLite directory says `unavailable` in time when another process holds the write lock", async () => {
    const folder = await sqliteFolder();
    const raw = folder.open().sql;
    const directory = sqliteDirectory(folder.open().sql, clock);
    put(raw, "users", [{ _id: oid(1), id: "u-1" }]);
    const read = await readOne(directory, "users", "u-1");
    raw.run("BEGIN IMMEDIATE");
    expect((await directory.findUsers({ ids: ["u-1"] })).length).toBe(1);
    await expectUnavailable({
      changeUser: () => directory.changeUser(read, [], { set: { name: "Asha" } }),
    });
    raw.run("ROLLBACK");
    expect(await directory.changeUser(read, [], { set: { name: "Asha" } })).toBe("applied");
  });

  it("SQLite directory finds a number whose canonical Extended JSON names its type", async () => {
    const folder = await sqliteFolder();
    const { sql } = folder.open();
    const directory = sqliteDirectory(sql, clock);
    put(sql, "customers_v2", [
      { id: "c-1", phone: { $numberLong: "9876500001" }, balance: { $numberDouble: "1.5" } },
      { id: "c-2", phone: { $numberDouble: "9876500001.0" } },
      {
        id: "c-3",
        created_at: { $date: { $numberLong: "1709287200123" } },
        huge: { $numberLong: "9223372036854775807" },
      },
    ]);
    const found = await directory.findCustomers({ phones: [9876500001] });
    expect(found.map(({ fields }) => fields.id).sort()).toEqual(["c-1", "c-2"]);
    expect((await readOne(directory, "customers_v2", "c-3")).fields).toEqual({
      id: "c-3",
      created_at: { $date: "2024-03-01T10:00:00.123Z" },
      huge: { $numberLong: "9223372036854775807" },
    });
  });
});
