import type { CustomerId, DocumentKey, Phone, UserId } from "../ids.ts";
import type { PhoneRules } from "../phone/phone.ts";
import { parseStoredPhone } from "../phone/phone.ts";

/**
 * A document of the legacy backend, unchanged: any field may be missing, null or of any type.
 * `fields` holds the store's own values (without `_id`), so that a guard can compare them exactly.
 */
export interface StoredDocument {
  readonly key: DocumentKey;
  /** The `_id` as 24 lower-case hex digits where it is an ObjectId, else null. */
  readonly objectId: string | null;
  readonly fields: Readonly<Record<string, unknown>>;
  /** True when another document of the collection has the same `id`. */
  readonly idShared: boolean;
}

/** The change of one guarded write to a document's fields. */
export interface Change {
  readonly set: Readonly<Record<string, unknown>>;
  readonly unset?: readonly string[];
}

export type CustomerStatus = "trial" | "active" | "paused";

/** A customers_v2 document that has an `id`; null stands for every kind of empty field. */
export interface Customer {
  readonly id: CustomerId;
  readonly name: string;
  readonly phone: Phone | null;
  /** Null for `stopped` and for an unknown status. Missing counts as `trial` (LINKING step 1). */
  readonly status: CustomerStatus | null;
  /** `user_id`: a `users.id` or 24-hex `users._id`, or a text that names no user. */
  readonly pointer: string | null;
  readonly area: string;
  readonly address: string;
  readonly document: StoredDocument;
}

/** A users document, usable or not. */
export interface User {
  /** Null where the document has no usable `id`: it must never become a `sub`. */
  readonly id: UserId | null;
  readonly name: string;
  readonly phone: Phone | null;
  readonly email: string | null;
  /**
   * The phone in an e-mail of the import's pattern, `<digits>@customer.earlybird.com`: no client
   * could write it, so it is a witness where the user has no phone (LINKING step 6).
   */
  readonly emailPhone: Phone | null;
  readonly isCustomer: boolean;
  readonly active: boolean;
  readonly customerId: CustomerId | null;
  /** `doorstep_customer_id`: a customer's id, or `!` and the id from which a person parted it. */
  readonly mark: string | null;
  readonly createdByUs: boolean;
  /** Epoch ms, or null where the document has no readable time. */
  readonly createdAt: number | null;
  readonly document: StoredDocument;
}

/** A user who may be linked and named in a token: LINKING "Usable". */
export type UsableUser = User & { readonly id: UserId };

export const CREATED_BY = "doorstep";
/**
 * The field of `users` that only the gateway writes, with every link. Migrations leave this field.
 */
export const MARK = "doorstep_customer_id";

const STATUSES: ReadonlySet<unknown> = new Set<CustomerStatus>(["trial", "active", "paused"]);

/** The text of a field, or null where it is missing, null, "" or not a text. */
export function textOf(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

/** @returns null where the document has no `id`: such a customer is not found (LINKING step 1). */
export function readCustomer(document: StoredDocument, rules: PhoneRules): Customer | null {
  const { id, name, phone, status, user_id, area, address } = document.fields;
  const customerId = textOf(id);
  if (customerId === null) return null;
  const known = status === undefined || status === null || status === "" ? "trial" : status;
  return {
    id: customerId as CustomerId,
    name: textOf(name) ?? "",
    phone: parseStoredPhone(phone, rules),
    status: STATUSES.has(known) ? (known as CustomerStatus) : null,
    pointer: textOf(user_id),
    area: textOf(area) ?? "",
    address: textOf(address) ?? "",
    document,
  };
}

export function readUser(document: StoredDocument, rules: PhoneRules): User {
  const { id, name, phone, email, role, is_active, customer_v2_id, created_at, created_by } =
    document.fields;
  const mark = textOf(document.fields[MARK]);
  return {
    id: textOf(id) as UserId | null,
    name: textOf(name) ?? "",
    phone: parseStoredPhone(phone, rules),
    email: textOf(email),
    emailPhone: phoneInEmail(textOf(email), rules),
    isCustomer: role === "customer",
    active: is_active === undefined || is_active === null || is_active === true,
    customerId: textOf(customer_v2_id) as CustomerId | null,
    mark,
    createdByUs: created_by === CREATED_BY,
    createdAt: readTime(created_at),
    document,
  };
}

/** The import's own domain: its e-mails are `<digits>@customer.earlybird.com` (LEGACY 1). */
export const IMPORT_DOMAIN = "customer.earlybird.com";
const IMPORTED_EMAIL = /^(\d{10,15})@customer\.earlybird\.com$/;

/** The import took the digits unchanged: a spreadsheet's `9876543210.0` has one zero more. */
function phoneInEmail(email: string | null, rules: PhoneRules): Phone | null {
  const digits = IMPORTED_EMAIL.exec(email ?? "")?.[1] ?? "";
  return parseStoredPhone(digits, rules) ?? parseStoredPhone(digits.replace(/0$/, ""), rules);
}

/** Usable: role exactly `customer`, a non-empty `id`, and no other document with that `id`. */
export function isUsable(user: User): user is UsableUser {
  return user.isCustomer && user.id !== null && !user.document.idShared;
}

/**
 * Epoch ms of a `created_at` of LEGACY 1: ISO naive (read as UTC), ISO with offset, date only,
 * a BSON Date, or its Extended JSON. Null for anything else.
 */
function readTime(value: unknown): number | null {
  if (value instanceof Date) return finite(value.getTime());
  if (typeof value === "string") {
    const naive = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(value);
    return finite(Date.parse(naive ? `${value}Z` : value));
  }
  if (typeof value === "object" && value !== null && "$date" in value) return readTime(value.$date);
  return null;
}

const finite = (time: number): number | null => (Number.isFinite(time) ? time : null);

/** The document after an acknowledged change, without reading it again (LINKING step 12). */
export function withChange(document: StoredDocument, change: Change): StoredDocument {
  const fields: Record<string, unknown> = { ...document.fields, ...change.set };
  for (const field of change.unset ?? []) delete fields[field];
  return { ...document, fields };
}
