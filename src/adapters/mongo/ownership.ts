import { checkOwnershipQuestion, ownsAll } from "../../core/linking/ownership.ts";
import type { Ownership } from "../../ports/ownership.ts";
import type { MongoStore } from "./connect.ts";

/** Ownership as the backend's own database has it. */
export function mongoOwnership(store: MongoStore): Ownership {
  return {
    async isOwner(question) {
      checkOwnershipQuestion(question);
      const { collection, id, ownerFields } = question;
      const projection = Object.fromEntries(["id", ...ownerFields].map((field) => [field, 1]));
      // Two are as good as any number: one that is found twice is nobody's.
      const options = {
        projection: { _id: 0, ...projection },
        limit: 2,
        maxTimeMS: store.operationMs,
      };
      const documents = await store.run("find-owner", (db) =>
        db
          .collection(collection)
          .find({ id: { $eq: id } }, options)
          .toArray(),
      );
      return ownsAll(documents, question);
    },
  };
}
