import type { StoredDocument } from "./documents.ts";

/** A record that was read from a document. */
interface FromDocument {
  readonly document: StoredDocument;
}

/** Documents of many queries, to be divided among them again without asking the store. */
export interface DocumentIndex<T> {
  /** The records that have one of the values in the field, by type and value. */
  by(field: string, values: readonly (string | number)[]): readonly T[];
  byKey(keys: readonly string[]): readonly T[];
  byObjectId(objectIds: readonly string[]): readonly T[];
}

/** @param fields those that will be asked for */
export function indexDocuments<T extends FromDocument>(
  records: readonly T[],
  fields: readonly string[],
): DocumentIndex<T> {
  const byField = new Map(
    fields.map((field) => [field, grouped(records, ({ document }) => askedValue(document, field))]),
  );
  const keys = grouped(records, ({ document }) => document.key);
  const objectIds = grouped(records, ({ document }) => document.objectId);
  const all = (
    groups: ReadonlyMap<unknown, readonly T[]> | undefined,
    values: readonly unknown[],
  ) => values.flatMap((value) => groups?.get(value) ?? []);
  return {
    by: (field, values) => all(byField.get(field), values),
    byKey: (wanted) => all(keys, wanted),
    byObjectId: (wanted) =>
      all(
        objectIds,
        wanted.map((hex) => hex.toLowerCase()),
      ),
  };
}

function grouped<T>(records: readonly T[], of: (record: T) => unknown): Map<unknown, T[]> {
  const groups = new Map<unknown, T[]>();
  for (const record of records) {
    const value = of(record);
    if (value === null || value === undefined) continue;
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [record]);
    else group.push(record);
  }
  return groups;
}

/** A value as a query lists it. The driver's decimal equals a number of the same value. */
function askedValue({ fields }: StoredDocument, field: string): unknown {
  const value = Object.hasOwn(fields, field) ? fields[field] : undefined;
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value !== "object" || value === null || !("_bsontype" in value)) return undefined;
  const number = Number(String(value));
  return Number.isFinite(number) ? number : undefined;
}
