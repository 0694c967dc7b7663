import { BSONRegExp, type Document, type FindCursor } from "mongodb";
import type { DocumentKey } from "../../core/ids.ts";
import type { ScanBounds } from "../../ports/directory.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { MongoStore } from "./connect.ts";
import { keyOf } from "./documents.ts";
import { isOutOfTime } from "./errors.ts";
import type { AnyFilter } from "./filters.ts";

const BATCH = 200;
const OPERATION = "scan-customers";

/**
 * Reads the customers' phones, batch by batch, so that other requests run in between. The server
 * also stops at the end of the time, without a signal from the client.
 */
export async function scanCustomers(
  store: MongoStore,
  { now }: Pick<Runtime, "now">,
  matches: (phone: unknown) => boolean,
  { maxDocuments, maxMs, textsUnlike }: ScanBounds,
): Promise<DocumentKey[]> {
  if (maxDocuments <= 0 || maxMs <= 0) return [];
  const until = now() + maxMs;
  const cursor = await store.run(OPERATION, async (db) =>
    db.collection("customers_v2").find(unusual(textsUnlike), {
      projection: { phone: 1 },
      limit: maxDocuments,
      batchSize: Math.min(BATCH, maxDocuments),
      maxTimeMS: maxMs,
    }),
  );
  const found: DocumentKey[] = [];
  try {
    while (now() < until && (await store.runOnce(OPERATION, () => cursor.hasNext()))) {
      for (const { _id, phone } of cursor.readBufferedDocuments()) {
        if (now() >= until) break;
        if (matches(phone)) found.push(keyOf(_id));
      }
    }
  } catch (error) {
    if (!isOutOfTime(error)) throw error;
  } finally {
    abandon(cursor);
  }
  return found;
}

/** A range of the index on `phone`, without the values that match the pattern. */
function unusual(textsUnlike: RegExp | undefined): AnyFilter {
  if (textsUnlike === undefined) return {};
  // The server's `$` also matches before a last line break, unlike JavaScript's.
  const listed = new BSONRegExp(textsUnlike.source.replace(/\$$/, "\\z"));
  return { phone: { $type: "string", $not: listed } };
}

/** Closes the cursor without waiting; the server also drops it by itself. */
function abandon(cursor: FindCursor<Document>): void {
  void cursor.close().catch(() => undefined);
}
