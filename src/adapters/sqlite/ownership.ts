import {
  checkFieldQuestion,
  checkOwnershipQuestion,
  fieldIn,
  ownsAll,
} from "../../core/linking/ownership.ts";
import type { LegacyCollection } from "../../ports/directory.ts";
import type { Ownership } from "../../ports/ownership.ts";
import { patiently, type Sql } from "./sql.ts";

/** The embedded store has no other collections: a document of any other has no owner. */
const COLLECTIONS: ReadonlySet<string> = new Set<LegacyCollection>(["users", "customers_v2"]);

export function sqliteOwnership(sql: Sql): Ownership {
  const findById = async ({
    collection,
    id,
  }: {
    readonly collection: string;
    readonly id: string;
  }) => {
    if (!COLLECTIONS.has(collection)) return [];
    const statement = `SELECT doc FROM ${collection} WHERE doc->'$.id' = ? LIMIT 2`;
    const rows = await patiently(sql, "find-owner", () => sql.all(statement, JSON.stringify(id)));
    return rows.map(({ doc }) => JSON.parse(doc as string));
  };
  return {
    async isOwner(question) {
      checkOwnershipQuestion(question);
      return ownsAll(await findById(question), question);
    },
    async readField(question) {
      checkFieldQuestion(question);
      return fieldIn(await findById(question), question);
    },
  };
}
