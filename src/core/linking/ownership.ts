import type { StoredDocument } from "./documents.ts";

/** A collection or field name that no query reads as a path, an operator or SQL. */
export const SAFE_NAME = /^[A-Za-z][A-Za-z0-9_]{0,63}$/;

/** The document in question, and its required owner. */
export interface OwnershipQuestion {
  /** A collection of the legacy database, named by the policy and never by a request. */
  readonly collection: string;
  /** The `id` in the request: a text that is not empty. */
  readonly id: string;
  /** Fields that name the owner, in all spellings that the backend has used. */
  readonly ownerFields: readonly string[];
  /** The claim that the owner fields must equal: a text that is not empty. */
  readonly owner: string;
}

/** One field of one document of the legacy database. */
export interface FieldQuestion {
  /** As in `OwnershipQuestion`. */
  readonly collection: string;
  readonly id: string;
  /** Named by the policy and never by a request. */
  readonly field: string;
}

/**
 * Refuses values that must never reach a query: ids come from requests, where `{"$ne": null}` and
 * `""` both select another person's document (LEGACY 6). Throws TypeError.
 */
export function checkOwnershipQuestion({
  collection,
  id,
  owner,
  ownerFields,
}: OwnershipQuestion): void {
  check([id, owner], [collection, ...ownerFields]);
  if (ownerFields.length === 0) throw new TypeError("there are owner fields to compare");
}

/** As `checkOwnershipQuestion`, for a read of one field. Throws TypeError. */
export const checkFieldQuestion = ({ collection, field, id }: FieldQuestion): void =>
  check([id], [collection, field]);

function check(texts: readonly unknown[], names: readonly unknown[]): void {
  if (texts.some((text) => typeof text !== "string" || text === "" || !text.isWellFormed())) {
    throw new TypeError("an id and an owner are texts that are not empty");
  }
  if (!names.every(isSafeName)) throw new TypeError("collections and fields have plain names");
}

const isSafeName = (name: unknown): boolean => typeof name === "string" && SAFE_NAME.test(name);

/**
 * The judgement on all documents that a look-up by `id` found, including one with an array that
 * holds the id: the backend would find those too, and use the first one.
 */
export function ownsAll(
  documents: readonly StoredDocument["fields"][],
  { id, owner, ownerFields }: OwnershipQuestion,
): boolean {
  const [document, ...duplicates] = documents;
  if (document === undefined || duplicates.length > 0 || document.id !== id) return false;
  const owners = ownerFields
    .map((field) => (Object.hasOwn(document, field) ? document[field] : null))
    .filter((value) => value !== null && value !== undefined);
  return owners.length > 0 && owners.every((value) => value === owner);
}

/**
 * The value of the field in the one document that a look-up by `id` found. Null where there is none
 * or several, and where an array that holds the id was found.
 */
export function fieldIn(
  documents: readonly StoredDocument["fields"][],
  { field, id }: FieldQuestion,
): { readonly value: unknown } | null {
  const [document, ...duplicates] = documents;
  if (document === undefined || duplicates.length > 0 || document.id !== id) return null;
  return { value: Object.hasOwn(document, field) ? document[field] : undefined };
}
