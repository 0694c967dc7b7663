import {
  BSONRegExp,
  Decimal128,
  type Document,
  Double,
  type Filter,
  Int32,
  Long,
  type ObjectId,
} from "mongodb";
import type { Change, StoredDocument } from "../../core/linking/documents.ts";
import { idOfKey } from "./documents.ts";

/** A filter for documents of any shape; the gateway does not own these collections. */
export type AnyFilter = Filter<Document>;

/** A filter also looks into arrays: `"5"` would find `["5"]`. */
const NOT_INSIDE_AN_ARRAY = { $type: "array" } as const;
/** A name that no filter and no update reads as a path or an operator. */
const FIELD = /^[A-Za-z_]\w*$/;

/** Throws TypeError for a name that a filter would read as a path or an operator. */
export function checkField(name: string): string {
  if (!FIELD.test(name)) throw new TypeError("not a field's name");
  return name;
}

/**
 * The field holds one of the values itself: answerable by an index on the field. Null where the
 * list is empty.
 *
 * Throws TypeError for any value but a text or a number: an object in a filter is an operator, and
 * null finds every document without the field.
 */
export function anyOf(field: string, wanted: readonly unknown[]): AnyFilter | null {
  const asked = [...new Set(wanted)].filter((value) => {
    if (typeof value === "number") return true;
    if (typeof value !== "string") throw new TypeError(`only texts and numbers find a ${field}`);
    // BSON holds UTF-8: a lone surrogate would be sent as another character, and match it.
    return value.isWellFormed();
  });
  if (asked.length === 0) return null;
  const values = asked.flatMap((value) =>
    typeof value === "number" ? [...inEveryType(value), ...asDecimal(value)] : [value],
  );
  return { [checkField(field)]: { $in: values, $not: NOT_INSIDE_AN_ARRAY } };
}

/**
 * A number as each type that can hold it. MongoDB compares across types, and one value would be
 * enough; other servers of its protocol do not.
 */
function inEveryType(value: number): readonly unknown[] {
  const types: unknown[] = [new Double(value)];
  if (Number.isSafeInteger(value)) types.push(Long.fromNumber(value));
  if (value === (value | 0)) types.push(new Int32(value));
  return types;
}

/** A phone can be a Decimal128 too: some imports write every number in this type. */
const asDecimal = (value: number): readonly Decimal128[] =>
  Number.isSafeInteger(value) ? [Decimal128.fromString(String(value))] : [];

/** The `_id` is one of these, ObjectIds or not. */
export const idIsOneOf = (ids: readonly unknown[]): AnyFilter | null =>
  ids.length === 0 ? null : { _id: { $in: ids as readonly ObjectId[] } };

/** Any branch may match, each answered from its own index; null where there is none. */
export function anyBranch(branches: readonly (AnyFilter | null)[]): AnyFilter | null {
  const asked = branches.filter((branch) => branch !== null);
  return asked.length > 1 ? { $or: asked } : (asked[0] ?? null);
}

/** The very document that was read: its `_id`, `id` and every guard unchanged. */
export function asRead(read: StoredDocument, guards: readonly string[]): AnyFilter {
  const names = new Set(["id", ...guards]);
  const conditions = [...names].map((name) => [checkField(name), conditionOf(read.fields, name)]);
  return { _id: { $eq: idOfKey(read.key) }, ...Object.fromEntries(conditions) };
}

/** Fields that the legacy backend may add to a document that has none of them: LEGACY 1. */
const ADDED_LATER: readonly string[] = [
  ...["updated_at", "name", "phone", "email", "status", "is_active", "notes", "address", "area"],
  ...["user_id", "customer_v2_id", "doorstep_customer_id", "password", "password_hash"],
  ...["map_link", "location", "trial_start_date", "house_image_url", "marketing_boy"],
  ...["marketing_boy_id", "delivery_boy_id", "previous_balance", "custom_product_prices"],
];

/** The document with every field as read, and without any other field that the backend knows. */
export const asWhole = (read: StoredDocument): AnyFilter =>
  asRead(read, [...Object.keys(read.fields), ...ADDED_LATER]);

/** The same document after `change`, its other guards unchanged. */
export function asWanted(
  read: StoredDocument,
  guards: readonly string[],
  change: Change,
): AnyFilter {
  const { set, unset = [] } = change;
  const untouched = guards.filter((name) => !Object.hasOwn(set, name) && !unset.includes(name));
  const wanted = [...Object.keys(set), ...unset].map((name) => [name, conditionOf(set, name)]);
  return { ...asRead(read, untouched), ...Object.fromEntries(wanted) };
}

/** By type and value: missing, null and "" are different, and no value is found inside an array. */
function conditionOf(fields: StoredDocument["fields"], name: string): Filter<unknown> {
  if (!Object.hasOwn(fields, name)) return { $exists: false };
  const value = fields[name];
  if (value === null) return { $type: "null", $not: NOT_INSIDE_AN_ARRAY };
  if (value === undefined) return { $type: "undefined", $not: NOT_INSIDE_AN_ARRAY };
  if (typeof value === "number") return { $in: inEveryType(value), $not: NOT_INSIDE_AN_ARRAY };
  // An array that contains the array looks the same to `$eq`.
  if (Array.isArray(value)) return { $eq: value, $not: { $elemMatch: { $eq: value } } };
  // MongoDB compares it as a value; a server that took it for a pattern would find no text.
  const type = value instanceof BSONRegExp ? { $type: "regex" } : {};
  return { $eq: value, ...type, $not: NOT_INSIDE_AN_ARRAY };
}
