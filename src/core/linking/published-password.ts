import type { CustomerId } from "../ids.ts";
import { type Customer, IMPORT_DOMAIN, isUsable, textOf, type User } from "./documents.ts";

/** The first second's ObjectId: `_id`s that a driver made from then on sort after it. */
export const objectIdAt = (epochMs: number): string =>
  `${Math.floor(epochMs / 1000)
    .toString(16)
    .padStart(8, "0")}${"0".repeat(16)}`;

/**
 * Whether the legacy API made this user for one of these customers since then, with a password that
 * is published in its code (LEGACY 1). No hash is computed: both routes write no other password,
 * nobody can change one there, and a user of an admin has the field `password`. So the e-mail, the
 * id and the age of the document are certain, and a thousand imported users cost no CPU.
 */
export function hasPublishedPassword(
  user: User,
  customers: ReadonlyMap<CustomerId, Customer>,
  since: number,
): boolean {
  const { password, password_hash } = user.document.fields;
  const { objectId } = user.document;
  const isNew = objectId !== null && objectId >= objectIdAt(since);
  const isOnlyHash = textOf(password_hash) !== null && password === undefined;
  return (
    isNew &&
    isOnlyHash &&
    isUsable(user) &&
    (isCreated(user, customers) || isImported(user, customers))
  );
}

const isCreated = ({ customerId, email }: User, customers: ReadonlyMap<CustomerId, Customer>) =>
  customerId !== null &&
  customers.has(customerId) &&
  email === `customer-${customerId}@earlybird.local`;

const isImported = ({ email, id }: User, customers: ReadonlyMap<CustomerId, Customer>) =>
  customers.has(id as string as CustomerId) &&
  new RegExp(`^\\d*@${IMPORT_DOMAIN.replaceAll(".", "\\.")}$`).test(email ?? "");
