import { Binary, MaxKey, MinKey, Timestamp } from "mongodb";
import type { DocumentKey } from "../../core/ids.ts";
import { idOfKey } from "./documents.ts";
import type { AnyFilter } from "./filters.ts";

/**
 * The types that an `_id` may have, in the order of a walk, each with a filter for all `_id`s of the
 * type. Almost all are ObjectIds. A comparison never leaves its type, and servers of MongoDB's
 * protocol sort types in different orders, so a walk goes through one type after another.
 */
const TYPES: readonly (readonly [names: readonly string[], every: object])[] = [
  [["ObjectId"], { $type: "objectId" }],
  [["string", "BSONSymbol"], { $gte: "" }],
  [["number", "Int32", "Long", "Double", "Decimal128"], { $type: "number" }],
  [["Binary", "UUID"], { $gte: new Binary(new Uint8Array(0)) }],
  [["boolean"], { $type: "bool" }],
  [["Date"], { $type: "date" }],
  [["null"], { $type: "null" }],
  [["Timestamp"], { $gte: Timestamp.fromBits(0, 0) }],
  [["MinKey"], { $eq: new MinKey() }],
  [["MaxKey"], { $eq: new MaxKey() }],
  [["object"], { $type: "object" }],
];

/**
 * The filters of the documents that follow a key, in the order of a walk. Each is a range of the
 * index on `_id`, and its documents are sorted by `_id`.
 */
export function filtersAfter(key: DocumentKey | null): readonly AnyFilter[] {
  if (key === null) return TYPES.map(([, every]) => idIs(every));
  const id = idOfKey(key);
  const at = TYPES.findIndex(([names]) => names.includes(typeOf(id)));
  const later = TYPES.slice(at + 1).map(([, every]) => idIs(every));
  return [idIs({ $gt: id }), ...later];
}

const idIs = (range: object): AnyFilter => ({ _id: range }) as AnyFilter;

function typeOf(id: unknown): string {
  if (id === null) return "null";
  if (id instanceof Date) return "Date";
  if (typeof id !== "object") return typeof id;
  return id !== undefined && "_bsontype" in id ? String(id._bsontype) : "object";
}
