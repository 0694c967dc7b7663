import { BSON, BSONRegExp, ObjectId } from "mongodb";
import type { DocumentKey } from "../../core/ids.ts";
import type { StoredDocument } from "../../core/linking/documents.ts";

const { EJSON } = BSON;

/** A document from the driver. */
export type RawDocument = Readonly<Record<string, unknown>> & { readonly _id: unknown };

/** The `_id` as canonical Extended JSON text. */
export function keyOf(id: unknown): DocumentKey {
  return EJSON.stringify(id, { relaxed: false }) as DocumentKey;
}

/** Throws TypeError for an invalid key, and for an `_id` that a filter reads as a pattern. */
export function idOfKey(key: DocumentKey): unknown {
  const id: unknown = EJSON.parse(key, { relaxed: false });
  if (id instanceof BSONRegExp || id instanceof RegExp || Array.isArray(id)) {
    throw new TypeError("not the key of a document");
  }
  return id;
}

/** Throws TypeError for anything but 24 hex digits. */
export function objectIdOf(hex: string): ObjectId {
  if (!/^[0-9a-fA-F]{24}$/.test(hex)) throw new TypeError("not an ObjectId");
  return new ObjectId(hex);
}

/** The fields keep the driver's values, so that a guard compares the stored ones. */
export function storedDocument({ _id, ...fields }: RawDocument, idShared: boolean): StoredDocument {
  const objectId = _id instanceof ObjectId ? _id.toHexString() : null;
  return { key: keyOf(_id), objectId, fields, idShared };
}
