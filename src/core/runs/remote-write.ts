import type { CustomerId, UserId } from "../ids.ts";
import { ADOPTED_FIELDS, adoptedIdsFor } from "../linking/adopted-customer.ts";
import {
  type Change,
  CREATED_BY,
  MARK,
  type StoredDocument,
  textOf,
} from "../linking/documents.ts";
import {
  isReplacementEmail,
  isReservedEmail,
  MADE_USER_FIELDS,
  madeIdsFor,
  type PlaceholderRule,
} from "../linking/made-user.ts";

type Fields = StoredDocument["fields"];

/**
 * The fields that the commands write. A holder of ADMIN_TOKEN must not give a record a role, an id
 * or a balance, so the gateway writes no other field for a command on another machine.
 */
const WRITTEN = {
  users: [
    ...["customer_v2_id", MARK, "email", "name", "phone"],
    ...["password", "password_hash", "updated_at"],
  ],
  customers_v2: ["user_id", "phone", "updated_at"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type RecordCollection = keyof typeof WRITTEN;

const isCustomers = ({ role }: Fields): boolean => role === "customer";

/**
 * Whether a change could be a command's: its fields are the commands' own, each with a value that a
 * command writes or an undo puts back, and staff are left. The caller compares every touched field
 * with the stored one, so `fields` must be true of it.
 */
export function isCommandChange(
  collection: RecordCollection,
  { fields }: Pick<StoredDocument, "fields">,
  { set, unset = [] }: Change,
  rule: PlaceholderRule,
): boolean {
  const written: readonly string[] = WRITTEN[collection];
  const isKnown = [...Object.keys(set), ...unset].every((name) => written.includes(name));
  if (!isKnown || !Object.values(set).every(isPlainValue)) return false;
  if (collection === "customers_v2") return true;
  return isCustomers(fields) && keepsLogins(fields, { set, unset }, rule);
}

/**
 * A link replaces an e-mail that no one can log in with by a placeholder, and an undo puts it back.
 * So no person's own e-mail is replaced or taken, and no hash is written over another one.
 */
function keepsLogins(
  fields: Fields,
  { set, unset }: Required<Change>,
  rule: PlaceholderRule,
): boolean {
  const isOurs = (email: unknown) =>
    isReservedEmail(textOf(email)) || isReplacementEmail(textOf(email), rule);
  if (unset.includes("email")) return false;
  if (Object.hasOwn(set, "email") && !(isOurs(set["email"]) && isOurs(fields["email"]))) {
    return false;
  }
  return ["password", "password_hash"].every(
    (name) => !Object.hasOwn(set, name) || !Object.hasOwn(fields, name),
  );
}

const MOST_TEXT = 10_000;
/** Numbers, times and ids that JSON does not hold: Extended JSON, and an ObjectId as BSON's bytes. */
const WRAPPED = /^\{"\$(oid|date|number[A-Z][a-z]+|bson)":"([^"\\]{1,64})"\}$/;
const OBJECT_ID_BYTES = /^GAAAAAd2YWx1ZQ[A-D]/;

/** No list and no object: the backend's own lists fail as soon as one record has such a name. */
function isPlainValue(value: unknown): boolean {
  if (typeof value === "string") return value.length <= MOST_TEXT;
  if (typeof value !== "object" || value === null) return true;
  const [, kind, text = ""] = WRAPPED.exec(JSON.stringify(value)) ?? [];
  return kind !== undefined && (kind !== "bson" || OBJECT_ID_BYTES.test(text));
}

/** The record for which a document was made, and which must name it. */
export interface MadeFor {
  readonly collection: RecordCollection;
  readonly id: string;
  /** The field of that record which names the made document. */
  readonly field: "user_id" | "customer_v2_id";
}

/**
 * The record that a document was made for, if the commands insert such a document, and an undo
 * removes it: a user whom a login would make for a customer, or a customer who was adopted. Its id
 * follows from the other record's id, it has the fields that the commands write and no others, so
 * no balance and no password, and a removal takes nothing away that the backend has added.
 *
 * @returns null for any other document
 */
export async function madeFor(
  collection: RecordCollection,
  objectId: string | null,
  fields: Fields,
  rule: PlaceholderRule,
): Promise<MadeFor | null> {
  const { id } = fields;
  if (collection === "customers_v2") {
    const user = textOf(fields["user_id"]);
    if (user === null || !isComplete(fields, ADOPTED_FIELDS)) return null;
    const made = await adoptedIdsFor(user as UserId);
    const isOurs = fields["status"] === "active";
    if (!isOurs || made.customerId !== id || made.objectId !== objectId) return null;
    return { collection: "users", id: user, field: "customer_v2_id" };
  }
  const customer = textOf(fields["customer_v2_id"]);
  if (customer === null || !isComplete(fields, MADE_USER_FIELDS)) return null;
  const made = await madeIdsFor(customer as CustomerId);
  const isOurs =
    isCustomers(fields) &&
    fields["created_by"] === CREATED_BY &&
    fields[MARK] === customer &&
    isReplacementEmail(textOf(fields["email"]), rule);
  if (!isOurs || made.userId !== id || made.objectId !== objectId) return null;
  return { collection: "customers_v2", id: customer, field: "user_id" };
}

/** All of these fields and no other one, as texts; `is_active` is true. */
const isComplete = (fields: Fields, names: readonly string[]): boolean =>
  Object.keys(fields).length === names.length &&
  names.every((name) => {
    const value = fields[name];
    return name === "is_active" ? value === true : typeof value === "string" && isPlainValue(value);
  });

/** The document without a password of staff: no command needs it. */
export function withoutStaffPassword(document: StoredDocument): StoredDocument {
  if (isCustomers(document.fields)) return document;
  const { password: _, password_hash: __, ...fields } = document.fields;
  return { ...document, fields };
}
