import type { DocumentKey } from "../../core/ids.ts";
import type { StoredDocument } from "../../core/linking/documents.ts";
import type { Directory } from "../../ports/directory.ts";
import { inRunAlone, plannedWrite, type RunPorts, wholeImage, writeBatch } from "./write-batch.ts";

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
      inRunAlone(
        run,
        plannedWrite(directory, values, { collection: "users", read, guards, change }),
      ),
    changeCustomer: async (read, guards, change) =>
      inRunAlone(
        run,
        plannedWrite(directory, values, { collection: "customers_v2", read, guards, change }),
      ),
    changeMany: (collection, writes) =>
      writeBatch(
        directory,
        run,
        writes.map((write) => ({ collection, ...write })),
      ),
    insertUser: async (objectId, fields) =>
      inRunAlone(run, {
        image: wholeImage("users", { key: keyOfHex(objectId), fields }, values, false),
        change: null,
        write: () => directory.insertUser(objectId, fields),
      }),
    insertCustomer: async (objectId, fields) =>
      inRunAlone(run, {
        image: wholeImage("customers_v2", { key: keyOfHex(objectId), fields }, values, false),
        change: null,
        write: () => directory.insertCustomer(objectId, fields),
      }),
    removeDocument: async (collection, read) =>
      inRunAlone(run, {
        image: wholeImage(collection, read, values, true),
        change: null,
        write: () => directory.removeDocument(collection, read),
      }),
  };
}

const keyOfHex = (objectId: string): StoredDocument["key"] =>
  JSON.stringify({ $oid: objectId.toLowerCase() }) as DocumentKey;
