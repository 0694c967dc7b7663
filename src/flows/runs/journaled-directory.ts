import type { DocumentKey } from "../../core/ids.ts";
import type { StoredDocument } from "../../core/linking/documents.ts";
import type { Directory } from "../../ports/directory.ts";
import {
  inRun,
  type JournaledWrite,
  plannedWrite,
  type RunPorts,
  wholeImage,
} from "./write-batch.ts";

/**
 * The directory for a run: each write waits until its before-image is on the disk. Concurrent writes
 * share a sync. A flow such as `linkCustomer` takes it in place of the directory, and its run can be
 * undone.
 */
export function journaledDirectory(directory: Directory, run: RunPorts): Directory {
  const { values } = run;
  return {
    ...directory,
    changeUser: async (read, guards, change) =>
      one(run, plannedWrite(directory, values, { collection: "users", read, guards, change })),
    changeCustomer: async (read, guards, change) =>
      one(
        run,
        plannedWrite(directory, values, { collection: "customers_v2", read, guards, change }),
      ),
    insertUser: async (objectId, fields) =>
      one(run, {
        image: wholeImage("users", { key: keyOfHex(objectId), fields }, values, false),
        write: () => directory.insertUser(objectId, fields),
      }),
    insertCustomer: async (objectId, fields) =>
      one(run, {
        image: wholeImage("customers_v2", { key: keyOfHex(objectId), fields }, values, false),
        write: () => directory.insertCustomer(objectId, fields),
      }),
    removeDocument: async (collection, read) =>
      one(run, {
        image: wholeImage(collection, read, values, true),
        write: () => directory.removeDocument(collection, read),
      }),
  };
}

async function one<Outcome extends string>(
  run: RunPorts,
  write: JournaledWrite<Outcome>,
): Promise<Outcome> {
  const [outcome] = await inRun(run, [write]);
  if (outcome === undefined) throw new TypeError("a write has an answer");
  return outcome;
}

const keyOfHex = (objectId: string): StoredDocument["key"] =>
  JSON.stringify({ $oid: objectId.toLowerCase() }) as DocumentKey;
