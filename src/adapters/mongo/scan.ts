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
 * Looks through the customers' phones, batch by batch, so that other requests run in between. The
 * server stops as well when the time is up, whether anybody still listens or not.
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

/** A range of the index on `phone`, and of that only what the server finds unlike. */
function unusual(textsUnlike: RegExp | undefined): AnyFilter {
  if (textsUnlike === undefined) return {};
  // The server's `$` also matches before a last line break, which JavaScript's does not.
  const listed = new BSONRegExp(textsUnlike.source.replace(/\$$/, "\\z"));
  return { phone: { $type: "string", $not: listed } };
}

/** Nobody waits for the server to forget a cursor; it does so by itself as well. */
function abandon(cursor: FindCursor<Document>): void {
  void cursor.close().catch(() => undefined);
}
