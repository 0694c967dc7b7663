import type { DocumentKey } from "../../core/ids.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface DocumentRow {
  readonly key: DocumentKey;
  /** The fields without `_id`, as JSON.stringify writes them: look-ups compare that text. */
  readonly doc: string;
}

/** The key of the document with the ObjectId of 24 hex digits as its `_id`. */
export function objectIdKey(hex: string): DocumentKey {
  return JSON.stringify({ $oid: hex.toLowerCase() }) as DocumentKey;
}

/** The 24 hex digits of an ObjectId's key, or null where the `_id` is of another type. */
export function hexOfKey(key: DocumentKey): string | null {
  return /^\{"\$oid":"([0-9a-f]{24})"\}$/.exec(key)?.[1] ?? null;
}

/** The row of an Extended JSON document, canonical or relaxed; a missing `_id` is made. */
export function documentRow(document: Fields, newObjectId: () => string): DocumentRow {
  const { _id = { $oid: newObjectId() }, ...fields } = document;
  return { key: keyOf(_id), doc: JSON.stringify(relaxed(fields)) };
}

/** Numbers get their canonical wrapper; other types except ObjectId keep their own text. */
function keyOf(id: unknown): DocumentKey {
  if (typeof id === "number") return JSON.stringify(wrappedNumber(id)) as DocumentKey;
  if (isFields(id) && typeof id.$oid === "string") return objectIdKey(id.$oid);
  return JSON.stringify(id) as DocumentKey;
}

function wrappedNumber(value: number): Fields {
  if (!Number.isSafeInteger(value)) return { $numberDouble: String(value) };
  return value === (value | 0) ? { $numberInt: String(value) } : { $numberLong: String(value) };
}

/**
 * Canonical number and date wrappers as relaxed ones, so that a canonical export's phone is a
 * number here and its dates are read. A number that JSON cannot hold exactly stays wrapped.
 */
function relaxed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relaxed);
  if (!isFields(value)) return value;
  const plain = plainNumber(value.$numberInt ?? value.$numberLong ?? value.$numberDouble);
  if (plain !== null) return plain;
  const epochMs = isFields(value.$date) ? plainNumber(value.$date.$numberLong) : null;
  if (epochMs !== null) return { $date: new Date(epochMs).toISOString() };
  // Not by assignment: a field may be called `__proto__`.
  return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, relaxed(field)]));
}

function plainNumber(digits: unknown): number | null {
  if (typeof digits !== "string" || digits === "") return null;
  const value = Number(digits);
  const exact = Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);
  return exact ? value : null;
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
