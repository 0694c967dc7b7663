import { sqliteDirectory } from "../../src/adapters/sqlite/directory.ts";
import { documentRow } from "../../src/adapters/sqlite/extended-json.ts";
import { openSqlite } from "../../src/adapters/sqlite/node.ts";
import { addUniqueIndexes } from "../../src/adapters/sqlite/schema.ts";
import { toHex } from "../../src/core/bytes.ts";
import type { MakeDirectory } from "../contract/directory/directory-instance.ts";
import { randomBytes } from "../contract/sqlite/sqlite-files.ts";

/** The adapter on a database of its own that never touches the disk. */
export const makeSqliteDirectory: MakeDirectory = async ({ unique }) => {
  const { close, sql } = openSqlite(":memory:");
  if (unique) addUniqueIndexes(sql, ["users.email", "customers_v2.user_id"]);
  const directory = sqliteDirectory(sql, { now: Date.now });
  return {
    directory,
    other: directory,
    async put(collection, documents) {
      for (const document of documents) {
        const { doc, key } = documentRow(document, () => toHex(randomBytes(12)));
        sql.run(`INSERT OR REPLACE INTO ${collection} (key, doc) VALUES (?, ?)`, key, doc);
      }
    },
    clear: async (collection) => void sql.run(`DELETE FROM ${collection}`),
    documents: async (collection) =>
      sql
        .all(`SELECT key, doc FROM ${collection} ORDER BY rowid`)
        .map(({ doc, key }) => ({ _id: JSON.parse(String(key)), ...JSON.parse(String(doc)) })),
    close: async () => close(),
  };
};
