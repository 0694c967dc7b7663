import { type Document, MongoBulkWriteError } from "mongodb";
import type { GuardedChange, LegacyCollection, WriteOutcome } from "../../ports/directory.ts";
import type { MongoStore } from "./connect.ts";
import { keyOf } from "./documents.ts";
import { isDuplicate } from "./errors.ts";
import { anyBranch, asRead, asWanted } from "./filters.ts";
import { updateOf, write } from "./write.ts";

/**
 * Guarded writes as one command. The server tells how many filters matched and not which: where
 * some did not, one query more asks which documents are in the wanted state.
 */
export async function changeMany(
  store: MongoStore,
  collection: LegacyCollection,
  writes: readonly GuardedChange[],
): Promise<readonly WriteOutcome[]> {
  if (writes.length === 0) return [];
  // One command runs them in any order, and its outcomes are told apart by the document.
  const documents = new Set(writes.map(({ read }) => read.key));
  if (documents.size < writes.length) return oneByOne(store, collection, writes);
  const operations = writes.map(({ change, guards, read }) => ({
    updateOne: { filter: asRead(read, guards), update: updateOf(change) },
  }));
  const matched = await store.run("change-many", (db) =>
    unlessRefused(() => db.collection(collection).bulkWrite(operations, { ordered: false })),
  );
  if (matched === writes.length) return writes.map(() => "applied");
  if (matched === "refused") return oneByOne(store, collection, writes);
  const wanted = writes.map(({ change, guards, read }) => asWanted(read, guards, change));
  const filter = anyBranch(wanted) ?? {};
  const options = { maxTimeMS: store.operationMs, projection: { _id: 1 } };
  const found = await store.run("change-many", (db) =>
    db.collection<Document>(collection).find(filter, options).toArray(),
  );
  const applied = new Set(found.map(({ _id }) => keyOf(_id)));
  return writes.map(({ read }) => (applied.has(read.key) ? "applied" : "lost"));
}

/** The number of matched filters; `refused`: a unique index refused at least one write. */
async function unlessRefused(
  bulk: () => Promise<{ readonly matchedCount: number }>,
): Promise<number | "refused"> {
  try {
    return (await bulk()).matchedCount;
  } catch (error) {
    const isRefusal = error instanceof MongoBulkWriteError && isDuplicate(error);
    if (!isRefusal) throw error;
    return "refused";
  }
}

/**
 * In order. After a refusal too: not every server tells which write a unique index refused, and a
 * write that stands is found again.
 */
async function oneByOne(
  store: MongoStore,
  collection: LegacyCollection,
  writes: readonly GuardedChange[],
): Promise<readonly WriteOutcome[]> {
  const outcomes: WriteOutcome[] = [];
  for (const one of writes) outcomes.push(await write(store, "change-many", collection, one));
  return outcomes;
}
