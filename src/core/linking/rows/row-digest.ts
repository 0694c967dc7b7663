import type { StoredDocument } from "../documents.ts";
import { type Customer, MARK, type User } from "../documents.ts";

/** The fields that a person sees, or relies on, when deciding about a pair. */
const CUSTOMER_FIELDS = ["id", "name", "phone", "status", "user_id"] as const;
const USER_FIELDS = [
  "id",
  "name",
  "phone",
  "email",
  "role",
  "is_active",
  "customer_v2_id",
  MARK,
] as const;

/**
 * The records of an exported row as one text, to be hashed into its `digest` column: `doorstep
 * decide` refuses a row with records that have changed since the export.
 */
export function rowText(customer: Customer | null, user: User | null): string {
  return JSON.stringify([
    fieldsOfRow(customer?.document, CUSTOMER_FIELDS),
    fieldsOfRow(user?.document, USER_FIELDS),
  ]);
}

/** A missing field is not null. */
function fieldsOfRow(document: StoredDocument | undefined, names: readonly string[]): unknown {
  if (document === undefined) return null;
  const { fields, idShared, key } = document;
  return [
    key,
    idShared,
    ...names.map((name) => (Object.hasOwn(fields, name) ? [fields[name]] : [])),
  ];
}
