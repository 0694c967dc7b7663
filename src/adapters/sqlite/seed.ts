import { toHex } from "../../core/bytes.ts";
import type { LegacyCollection } from "../../ports/directory.ts";
import type { Runtime } from "../../ports/runtime.ts";
import { documentRow } from "./extended-json.ts";
import { type Sql, sqliteAttempt } from "./sql.ts";

/** Extended JSON documents by collection, `_id` optional: the content of `sample/`. */
export type SeedDocuments = Readonly<
  Record<LegacyCollection, readonly Readonly<Record<string, unknown>>[]>
>;

const OBJECT_ID_BYTES = 12;

/**
 * Fills an empty directory, all or nothing. A directory with any document is left alone, so that a
 * restart restores nothing and two processes that start together fill it once.
 *
 * @returns whether the documents were inserted
 */
export function seedDirectory(
  sql: Sql,
  documents: SeedDocuments,
  { randomBytes }: Pick<Runtime, "randomBytes">,
): boolean {
  const newObjectId = () => toHex(randomBytes(OBJECT_ID_BYTES));
  const isEmpty = (collection: LegacyCollection) =>
    sql.all(`SELECT 1 FROM ${collection} LIMIT 1`).length === 0;
  const fill = (collection: LegacyCollection) => {
    for (const document of documents[collection]) {
      const { key, doc } = documentRow(document, newObjectId);
      sql.run(`INSERT INTO ${collection} (key, doc) VALUES (?, ?)`, key, doc);
    }
  };
  return sqliteAttempt(sql, "seed", () =>
    sql.transaction(() => {
      if (!isEmpty("users") || !isEmpty("customers_v2")) return false;
      fill("users");
      fill("customers_v2");
      return true;
    }),
  );
}
