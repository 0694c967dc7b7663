import { BSON, Decimal128 } from "mongodb";
import { fromBase64url, toBase64url } from "../../core/bytes.ts";
import type { Change, StoredDocument } from "../../core/linking/documents.ts";
import type { StoredValues } from "../../core/runs/write-image.ts";

type Fields = StoredDocument["fields"];

/**
 * A document's values on their way to the Worker, or to an operator's command, and back. RPC and JSON
 * carry no instance of BSON's classes, and a guard must compare exactly the stored value. So a value that JSON can hold goes
 * unchanged, a date as `{"$date": ISO}` and a decimal of plain digits as `{"$numberDecimal":
 * digits}`, which the core reads, and every other value as `{"$bson": base64url}`, which the reader
 * cannot read and returns whole. A stored object with a `$` in a field's name is wrapped too, so
 * that no stored value is taken for a wrapper.
 */
export const wireFields = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, wireValue(value)]));

export function wireValue(value: unknown): unknown {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return isJsonNumber(value) ? value : wrapped(value);
  if (value === undefined) return { $undefined: true };
  if (Array.isArray(value)) return value.map(wireValue);
  if (value instanceof Date && Number.isFinite(value.getTime())) {
    return { $date: value.toISOString() };
  }
  if (value instanceof Decimal128 && PLAIN_DECIMAL.test(String(value))) {
    return { $numberDecimal: String(value) };
  }
  return isPlain(value) ? wireFields(value) : wrapped(value);
}

/** Such a text converts back to the same 128 bits: a phone, or a spreadsheet's `9876543210.0`. */
const PLAIN_DECIMAL = /^(?:0|[1-9]\d{0,27})(?:\.\d{1,5})?$/;

/** The same values as the driver gave them. Throws TypeError for an unknown wrapper. */
export const storedFields = (fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, storedValue(value)]));

export function storedChange({ set, unset }: Change): Change {
  return { set: storedFields(set), ...(unset === undefined ? {} : { unset }) };
}

function storedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(storedValue);
  if (typeof value !== "object" || value === null || value instanceof Date) return value;
  const fields = value as Fields;
  if (typeof fields["$date"] === "string") return new Date(fields["$date"]);
  const decimal = fields["$numberDecimal"];
  if (typeof decimal === "string") return Decimal128.fromString(decimal);
  if (typeof fields["$bson"] === "string") return unwrapped(fields["$bson"]);
  if (fields["$undefined"] === true) return undefined;
  return storedFields(fields);
}

/** The same for single values. */
export const wireValues: StoredValues = { toJson: wireValue, fromJson: storedValue };

/** JSON has no NaN and no infinity, and turns -0 into 0. */
const isJsonNumber = (value: number): boolean => Number.isFinite(value) && !Object.is(value, -0);

function isPlain(value: unknown): value is Fields {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return false;
  return !Object.keys(value as object).some((name) => name.startsWith("$"));
}

function wrapped(value: unknown): Fields {
  return { $bson: toBase64url(BSON.serialize({ value })) };
}

/** The driver's options for reading documents: see CLIENT_OPTIONS of mongo/connect.ts. */
const AS_THE_DRIVER_READS = { bsonRegExp: true, promoteBuffers: false };

function unwrapped(base64url: string): unknown {
  const bytes = fromBase64url(base64url);
  if (bytes === null) throw new TypeError("not a wrapped value");
  return BSON.deserialize(bytes, AS_THE_DRIVER_READS)["value"];
}
