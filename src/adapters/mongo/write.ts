import type { Document, UpdateFilter } from "mongodb";
import type { Change } from "../../core/linking/documents.ts";
import type { GuardedChange, LegacyCollection, WriteOutcome } from "../../ports/directory.ts";
import type { MongoStore } from "./connect.ts";
import { isDuplicate } from "./errors.ts";
import { asRead, asWanted, checkField } from "./filters.ts";

/**
 * One `updateOne` with the guard as its filter. On a replica set the driver repeats it after a
 * network error, as the same write; elsewhere the caller does. Where the filter matches nothing the
 * document is read again. A document in the wanted state was written by an attempt with a lost
 * answer, since every change has a time of its own in `updated_at`.
 */
export async function write(
  store: MongoStore,
  operation: string,
  collection: LegacyCollection,
  { read, guards, change }: GuardedChange,
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

/** A change as an update without operators or paths of its own. */
export function updateOf({ set, unset = [] }: Change): UpdateFilter<Document> {
  for (const name of [...Object.keys(set), ...unset]) checkField(name);
  const removed = Object.fromEntries(unset.map((name) => [name, ""]));
  return {
    ...(Object.keys(set).length > 0 || unset.length === 0 ? { $set: set } : {}),
    ...(unset.length > 0 ? { $unset: removed } : {}),
  };
}

export async function unlessDuplicate<T>(write: () => Promise<T>): Promise<T | "duplicate"> {
  try {
    return await write();
  } catch (error) {
    if (isDuplicate(error)) return "duplicate";
    throw error;
  }
}
