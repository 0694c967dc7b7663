import type { DocumentKey } from "../ids.ts";
import { type Change, type StoredDocument, withChange } from "../linking/documents.ts";

/** Fields with their stored values as JSON. A missing field is absent. */
export type JsonFields = Readonly<Record<string, unknown>>;

/** A store's values as JSON and back, types included: Extended JSON for MongoDB. */
export interface StoredValues {
  toJson(value: unknown): unknown;
  fromJson(json: unknown): unknown;
}

/** Values that are JSON already, as SQLite keeps them. */
export const JSON_VALUES: StoredValues = { toJson: (value) => value, fromJson: (json) => json };

/** One write of a run: the fields that it changes, as they were and as they became. */
export interface WriteImage {
  readonly collection: "users" | "customers_v2";
  readonly key: DocumentKey;
  /** The document's `id`. */
  readonly id: unknown;
  /** The changed fields as they were; null: the document did not exist. */
  readonly before: JsonFields | null;
  /** The changed fields as they became; null: the document was removed. */
  readonly after: JsonFields | null;
}

const namesOf = (...parts: readonly JsonFields[]): string[] => [
  ...new Set(parts.flatMap((part) => Object.keys(part))),
];

/** The same value, types and a missing field included. */
export function sameField(a: JsonFields, b: JsonFields, name: string): boolean {
  if (!Object.hasOwn(a, name) || !Object.hasOwn(b, name)) {
    return Object.hasOwn(a, name) === Object.hasOwn(b, name);
  }
  return JSON.stringify(a[name]) === JSON.stringify(b[name]);
}

/** Some fields of a document as JSON. */
export function jsonFields(
  fields: StoredDocument["fields"],
  names: readonly string[],
  values: StoredValues,
): JsonFields {
  const present = names.filter((name) => Object.hasOwn(fields, name));
  return Object.fromEntries(present.map((name) => [name, values.toJson(fields[name])]));
}

/** @returns null where the change changes nothing */
export function imageOfChange(
  collection: WriteImage["collection"],
  read: StoredDocument,
  change: Change,
  values: StoredValues,
): WriteImage | null {
  const names = [...Object.keys(change.set), ...(change.unset ?? [])];
  const was = jsonFields(read.fields, names, values);
  const is = jsonFields(withChange(read, change).fields, names, values);
  const changed = names.filter((name) => !sameField(was, is, name));
  if (changed.length === 0) return null;
  const only = (fields: JsonFields) =>
    Object.fromEntries(Object.entries(fields).filter(([name]) => changed.includes(name)));
  const { key } = read;
  return { collection, key, id: read.fields["id"], before: only(was), after: only(is) };
}

/** The names of the fields that the write changed. */
export const changedNames = ({ after, before }: WriteImage): string[] =>
  namesOf(before ?? {}, after ?? {});

/**
 * Whether a write found the fields as an earlier one of the same run left them. `updated_at` says
 * nothing: the backend sets it with any other field.
 */
export function follows(first: WriteImage, second: WriteImage): boolean {
  const [left, found] = [first.after, second.before];
  if (left === null || found === null) return left === found;
  const names = Object.keys({ ...left, ...first.before }).filter((name) => name !== "updated_at");
  const touched = new Set(changedNames(second));
  return names.filter((name) => touched.has(name)).every((name) => sameField(left, found, name));
}

/**
 * Two writes of one document as one: as it was before the first, and as it became by the second. A
 * document is restored in one write, so that no one sees it between the two.
 */
export function coalesced(first: WriteImage, second: WriteImage): WriteImage {
  const [ofFirst, ofSecond] = [changedNames(first), changedNames(second)];
  const before = first.before && {
    ...without(second.before ?? {}, ofFirst),
    ...first.before,
  };
  const after = second.after && {
    ...without(first.after ?? {}, ofSecond),
    ...second.after,
  };
  return { ...first, before, after };
}

const without = (fields: JsonFields, names: readonly string[]): JsonFields =>
  Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name)));
