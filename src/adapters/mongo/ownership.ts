import {
  checkFieldQuestion,
  checkOwnershipQuestion,
  fieldIn,
  ownsAll,
} from "../../core/linking/ownership.ts";
import type { Ownership } from "../../ports/ownership.ts";
import type { MongoStore } from "./connect.ts";

/** Ownership in the backend's own database. */
export function mongoOwnership(store: MongoStore): Ownership {
  return {
    async isOwner(question) {
      checkOwnershipQuestion(question);
      return ownsAll(await findById(store, question, question.ownerFields), question);
    },
    async readField(question) {
      checkFieldQuestion(question);
      return fieldIn(await findById(store, question, [question.field]), question);
    },
  };
}

/** Two are as good as any number: a duplicate document has no owner. */
function findById(
  store: MongoStore,
  { collection, id }: { readonly collection: string; readonly id: string },
  fields: readonly string[],
) {
  const projection = Object.fromEntries(["id", ...fields].map((field) => [field, 1]));
  const options = {
    projection: { _id: 0, ...projection },
    limit: 2,
    maxTimeMS: store.operationMs,
  };
  return store.run("find-owner", (db) =>
    db
      .collection(collection)
      .find({ id: { $eq: id } }, options)
      .toArray(),
  );
}
