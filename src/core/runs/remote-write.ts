import type { CustomerId, UserId } from "../ids.ts";
import { adoptedIdsFor } from "../linking/adopted-customer.ts";
import {
  type Change,
  CREATED_BY,
  MARK,
  type StoredDocument,
  textOf,
} from "../linking/documents.ts";
import { madeIdsFor } from "../linking/made-user.ts";

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

/** Whether a change could be a command's: its fields are the commands' own, and staff are left. */
export function isCommandChange(
  collection: RecordCollection,
  { fields }: Pick<StoredDocument, "fields">,
  { set, unset = [] }: Change,
): boolean {
  const written: readonly string[] = WRITTEN[collection];
  const names = [...Object.keys(set), ...unset];
  const isKnown = names.every((name) => written.includes(name));
  return isKnown && (collection === "customers_v2" || isCustomers(fields));
}

/**
 * Whether a document is one that the commands insert, and that an undo removes: a user whom a login
 * would make for a customer, or a customer who was adopted. Both have ids that follow from the
 * other record's id.
 */
export async function isMadeDocument(
  collection: RecordCollection,
  objectId: string | null,
  fields: Fields,
): Promise<boolean> {
  const id = textOf(fields["id"]);
  const other = textOf(fields[collection === "users" ? "customer_v2_id" : "user_id"]);
  if (id === null || other === null || objectId === null) return false;
  if (collection === "customers_v2") {
    const made = await adoptedIdsFor(other as UserId);
    return made.customerId === id && made.objectId === objectId;
  }
  const made = await madeIdsFor(other as CustomerId);
  const isSecret = "password" in fields || "password_hash" in fields;
  const isOurs = isCustomers(fields) && fields["created_by"] === CREATED_BY && !isSecret;
  return isOurs && made.userId === id && made.objectId === objectId;
}

/** The document without a password of staff: no command needs it. */
export function withoutStaffPassword(document: StoredDocument): StoredDocument {
  if (isCustomers(document.fields)) return document;
  const { password: _, password_hash: __, ...fields } = document.fields;
  return { ...document, fields };
}
