import type { Document, UpdateFilter } from "mongodb";
import type { DocumentKey } from "../../core/ids.ts";
import type { Change, StoredDocument } from "../../core/linking/documents.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type {
  Directory,
  InsertOutcome,
  LegacyCollection,
  WriteOutcome,
} from "../../ports/directory.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { MongoStore } from "./connect.ts";
import { idOfKey, objectIdOf, type RawDocument, storedDocument } from "./documents.ts";
import { isDuplicate } from "./errors.ts";
import {
  type AnyFilter,
  anyBranch,
  anyOf,
  asRead,
  asWanted,
  asWhole,
  checkField,
  idIsOneOf,
} from "./filters.ts";
import { filtersAfter } from "./id-order.ts";
import { scanCustomers } from "./scan.ts";

export type MongoDirectoryOptions = Pick<Runtime, "now">;

/** More than a query finds, so that its answer is one batch and the query one command. */
const BATCH = 1000;

/** The legacy collections in MongoDB 5.0 or later, standalone, replicated or sharded. */
export function mongoDirectory(store: MongoStore, options: MongoDirectoryOptions): Directory {
  return {
    async findUsers(query) {
      const { ids = [], objectIds = [], customerIds = [] } = query;
      const { emails = [], marks = [], phones = [], roles = [] } = query;
      const filter = anyBranch([
        idIsOneOf(objectIds.map(objectIdOf)),
        anyOf("id", ids),
        anyOf("customer_v2_id", customerIds),
        anyOf("doorstep_customer_id", marks),
        anyOf("email", emails),
        anyOf("phone", nonEmpty(phones)),
        anyOf("role", roles),
      ]);
      return filter === null ? [] : find(store, "find-users", "users", [{ $match: filter }]);
    },
    async findCustomers({ ids = [], userIds = [], phones = [], keys = [] }) {
      const filter = anyBranch([
        idIsOneOf(keys.map(idOfKey)),
        anyOf("id", ids),
        anyOf("user_id", userIds),
        anyOf("phone", nonEmpty(phones)),
      ]);
      return filter === null
        ? []
        : find(store, "find-customers", "customers_v2", [{ $match: filter }]);
    },
    scanCustomers: (matches, bounds) => scanCustomers(store, options, matches, bounds),
    changeUser: (read, guards, change) =>
      write(store, "change-user", "users", { read, guards, change }),
    changeCustomer: (read, guards, change) =>
      write(store, "change-customer", "customers_v2", { read, guards, change }),
    insertUser: (objectId, fields) => insert(store, "insert-user", "users", objectId, fields),
    insertCustomer: (objectId, fields) =>
      insert(store, "insert-customer", "customers_v2", objectId, fields),
    removeDocument: (collection, read) => remove(store, collection, read),
    pageOf: (collection, after, limit) => pageOf(store, collection, after, limit),
    async check() {
      const hello = { hello: 1, maxTimeMS: store.operationMs };
      const { isWritablePrimary } = await store.run("check", (db) => db.command(hello));
      // A member that has just stepped down answers reads, and accepts no write.
      if (isWritablePrimary === false) {
        throw new AdapterError("mongo", "check", "unavailable", { cause: undefined });
      }
    },
  };
}

/** One command, and one more for each type of `_id` where a page goes beyond it. */
async function pageOf(
  store: MongoStore,
  collection: LegacyCollection,
  after: DocumentKey | null,
  limit: number,
): Promise<StoredDocument[]> {
  const page: StoredDocument[] = [];
  for (const filter of filtersAfter(after)) {
    const stages = [{ $match: filter }, { $sort: { _id: 1 } }, { $limit: limit - page.length }];
    page.push(...(await find(store, "page", collection, stages)));
    if (page.length >= limit) break;
  }
  return page;
}

/** A document without a phone has an empty one, and there are many of them. */
function nonEmpty(phones: readonly (string | number)[]): readonly (string | number)[] {
  if (phones.includes("")) throw new TypeError("an empty phone finds strangers");
  return phones;
}

interface FoundRow {
  readonly document: RawDocument;
  readonly duplicates: readonly unknown[];
}

/**
 * The documents, each with up to two `_id`s that have its `id`: a self-join by the index on `id`.
 * The document is moved into a field first, so that no stored field is taken for the join's result.
 */
async function find(
  store: MongoStore,
  operation: string,
  collection: LegacyCollection,
  stages: readonly Document[],
): Promise<StoredDocument[]> {
  const duplicates = {
    from: collection,
    localField: "document.id",
    foreignField: "id",
    pipeline: [
      { $match: { id: { $not: { $type: "array" } } } },
      { $limit: 2 },
      { $project: { _id: 1 } },
    ],
    as: "duplicates",
  };
  const pipeline = [
    ...stages,
    { $project: { _id: 0, document: "$$ROOT" } },
    { $lookup: duplicates },
  ];
  const options = { batchSize: BATCH, maxTimeMS: store.operationMs };
  const rows = await store.run(operation, (db) =>
    db.collection(collection).aggregate<FoundRow>(pipeline, options).toArray(),
  );
  return rows.map(({ document, duplicates }) =>
    storedDocument(document, isJoinable(document.id) && duplicates.length > 1),
  );
}

/** A join treats a missing `id` and null as one value, and an array as its elements. */
const isJoinable = (id: unknown): boolean => id !== undefined && id !== null && !Array.isArray(id);

interface Write {
  readonly read: StoredDocument;
  readonly guards: readonly string[];
  readonly change: Change;
}

/**
 * One `updateOne` with the guard as its filter. On a replica set the driver repeats it after a
 * network error, as the same write; elsewhere the caller does. Where the filter matches nothing the
 * document is read again. A document in the wanted state was written by an attempt with a lost
 * answer, since every change has a time of its own in `updated_at`.
 */
async function write(
  store: MongoStore,
  operation: string,
  collection: LegacyCollection,
  { read, guards, change }: Write,
): Promise<WriteOutcome> {
  const filter = asRead(read, guards);
  const update = updateOf(change);
  const options = { maxTimeMS: store.operationMs };
  const outcome = await store.run(operation, (db) =>
    unlessDuplicate(async () => {
      const { matchedCount } = await db.collection(collection).updateOne(filter, update, options);
      return matchedCount === 1;
    }),
  );
  if (outcome !== false) return outcome === true ? "applied" : "duplicate";
  const wanted = asWanted(read, guards, change);
  const found = await store.run(operation, (db) =>
    db.collection(collection).findOne(wanted, { ...options, projection: { _id: 1 } }),
  );
  return found === null ? "lost" : "applied";
}

function updateOf({ set, unset = [] }: Change): UpdateFilter<Document> {
  for (const name of [...Object.keys(set), ...unset]) checkField(name);
  const removed = Object.fromEntries(unset.map((name) => [name, ""]));
  return {
    ...(Object.keys(set).length > 0 || unset.length === 0 ? { $set: set } : {}),
    ...(unset.length > 0 ? { $unset: removed } : {}),
  };
}

async function insert(
  store: MongoStore,
  operation: string,
  collection: LegacyCollection,
  objectId: string,
  fields: Readonly<Record<string, unknown>>,
): Promise<InsertOutcome> {
  const document = { ...fields, _id: objectIdOf(objectId) };
  const options = { maxTimeMS: store.operationMs };
  const inserted = await store.run(operation, (db) =>
    unlessDuplicate(() => db.collection(collection).insertOne(document, options)),
  );
  if (inserted !== "duplicate") return "inserted";
  // Several indexes may refuse at once, and the server names only one of them.
  const standing = await store.run(operation, (db) =>
    db
      .collection(collection)
      .findOne({ _id: document._id }, { ...options, projection: { _id: 1 } }),
  );
  return standing === null ? "duplicate" : "duplicate-key";
}

async function remove(
  store: MongoStore,
  collection: LegacyCollection,
  read: StoredDocument,
): Promise<WriteOutcome> {
  const filter = asWhole(read);
  const options = { maxTimeMS: store.operationMs };
  const key = { _id: { $eq: idOfKey(read.key) } } as AnyFilter;
  const standing = await store.run("remove", (db) =>
    db.collection(collection).findOne(key, options),
  );
  if (standing === null) return "applied";
  // No filter says "and no other field": the guards name the fields that the backend knows.
  if (Object.keys(standing).some((name) => name !== "_id" && !Object.hasOwn(read.fields, name))) {
    return "lost";
  }
  const { deletedCount } = await store.run("remove", (db) =>
    db.collection(collection).deleteOne(filter, options),
  );
  if (deletedCount === 1) return "applied";
  // An attempt with a lost answer may have removed it.
  const left = await store.run("remove", (db) =>
    db.collection(collection).findOne(key, { ...options, projection: { _id: 1 } }),
  );
  return left === null ? "applied" : "lost";
}

async function unlessDuplicate<T>(write: () => Promise<T>): Promise<T | "duplicate"> {
  try {
    return await write();
  } catch (error) {
    if (isDuplicate(error)) return "duplicate";
    throw error;
  }
}
