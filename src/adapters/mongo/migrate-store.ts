import {
  type CreateIndexesOptions,
  type Document,
  type IndexDirection,
  MongoServerError,
} from "mongodb";
import type { MongoStore } from "./connect.ts";
import { isDuplicate } from "./errors.ts";
import { type ExistingIndex, nonEmptyText } from "./indexes.ts";
import type { IndexStore } from "./migrate.ts";

const NAMESPACE_NOT_FOUND = 26;
/** IndexOptionsConflict, IndexKeySpecsConflict */
const CONFLICTS: ReadonlySet<unknown> = new Set([85, 86]);
const SHOWN_VALUES = 5;
const SHOWN_IDS = 5;

/** The indexes of a real database. @param store with enough time to build them */
export function mongoIndexes(store: MongoStore): IndexStore {
  return {
    list: (collection) =>
      store.run("list-indexes", async (db) => {
        try {
          const indexes = await db.collection(collection).indexes();
          return indexes.map(described);
        } catch (error) {
          if (hasCode(error, NAMESPACE_NOT_FOUND)) return [];
          throw error;
        }
      }),
    shared: (collection, field) => shared(store, collection, field),
    create: ({ collection, field, unique }, name) =>
      store.run("create-index", async (db) => {
        const options = unique
          ? { name, unique, partialFilterExpression: nonEmptyText(field) }
          : { name };
        try {
          await db.collection(collection).createIndex({ [field]: 1 }, options);
          return "created";
        } catch (error) {
          if (isDuplicate(error)) return "duplicate";
          if (error instanceof MongoServerError && CONFLICTS.has(error.code)) return "conflict";
          throw error;
        }
      }),
    restore: (collection, { key, ...options }) =>
      store.run("restore-index", async (db) => {
        const keys = key as Record<string, IndexDirection>;
        await db.collection(collection).createIndex(keys, { ...options } as CreateIndexesOptions);
      }),
    drop: (collection, name) =>
      store.runOnce(
        "drop-index",
        async (db) => void (await db.collection(collection).dropIndex(name)),
      ),
  };
}

/** Without the server's own fields, so that the same index can be made again. */
function described({ v, ns, ...index }: Document): ExistingIndex {
  return index as ExistingIndex;
}

function shared(store: MongoStore, collection: string, field: string) {
  const holdsText = { [field]: { $gt: "", $not: { $type: "array" } } };
  const pipeline = [
    { $match: holdsText },
    { $group: { _id: `$${field}`, count: { $sum: 1 }, ids: { $addToSet: "$id" } } },
    { $match: { count: { $gt: 1 } } },
    { $limit: SHOWN_VALUES },
  ];
  return store.run("find-shared", async (db) => {
    const rows = await db.collection(collection).aggregate(pipeline).toArray();
    return rows.map(({ ids }) => (ids as unknown[]).slice(0, SHOWN_IDS).map(String));
  });
}

const hasCode = (error: unknown, code: number): boolean =>
  error instanceof MongoServerError && error.code === code;
