import type { SqliteFile } from "../../../src/adapters/sqlite/node.ts";
import { type TestOptions, testGateway } from "../../support/gateway/test-gateway.ts";
import type { Documents, Fields, MakeWorld } from "../../support/linking/linking-cases.ts";

/** A gateway over SQLite that holds these documents, for `runLinkingCase`. */
export const sqliteWorld =
  (options: TestOptions = {}): MakeWorld =>
  async (documents) => {
    const { customers_v2, users } = documents;
    const test = await testGateway({ ...options, documents: { customers_v2, users } });
    return { test, documents: async () => documentsOf(test.file) };
  };

/** Every document of the legacy collections as it stands. */
export const documentsOf = (file: SqliteFile): Documents => ({
  users: all(file, "users"),
  customers_v2: all(file, "customers_v2"),
});

function all({ sql }: SqliteFile, collection: "users" | "customers_v2"): Fields[] {
  return sql
    .all(`SELECT key, doc FROM ${collection} ORDER BY key`)
    .map(({ doc, key }) => ({ _id: JSON.parse(key as string), ...JSON.parse(doc as string) }));
}

/** Changes a document as the legacy backend would: without asking anybody. */
export function change(
  { sql }: SqliteFile,
  collection: "users" | "customers_v2",
  id: string,
  changes: Fields,
): void {
  const rows = sql.all(`SELECT key, doc FROM ${collection}`);
  const row = rows.find(({ doc }) => JSON.parse(doc as string).id === id);
  if (row === undefined) throw new Error(`no ${collection} ${id}`);
  const doc = JSON.stringify({ ...JSON.parse(row["doc"] as string), ...changes });
  sql.run(`UPDATE ${collection} SET doc = ? WHERE key = ?`, doc, row["key"] as string);
}

/** Deletes a document. */
export function remove(
  { sql }: SqliteFile,
  collection: "users" | "customers_v2",
  id: string,
): void {
  const { changes } = sql.run(
    `DELETE FROM ${collection} WHERE doc->'$.id' = ?`,
    JSON.stringify(id),
  );
  if (changes !== 1) throw new Error(`no ${collection} ${id}`);
}
