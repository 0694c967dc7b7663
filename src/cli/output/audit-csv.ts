import { stringify } from "csv-stringify/sync";
import type { StoredDocument, User } from "../../core/linking/documents.ts";
import type { PersonReason, PersonRow } from "../../flows/operator/person-rows.ts";

/** `doorstep decide` reads four of these; the others are for the person, who fills in `decision`. */
const COLUMNS = [
  "row",
  "reason",
  "customer_id",
  "customer_name",
  "customer_phone",
  "customer_status",
  "user_id",
  "user_name",
  "user_phone",
  "user_email",
  "user_active",
  "digest",
  "decision",
] as const;

const REASONS: Readonly<Record<PersonReason, string>> = {
  "duplicate-customer-id": "several customers have this id",
  "unusable-user": "the user is staff, has no id, or shares the id with another user",
  "several-users": "several users name this customer",
  "belongs-to-another": "the user belongs to another customer, or to two",
  "phone-differs": "the phones differ",
  "no-witness": "the user has no phone, and nothing else proves the link",
  "no-free-email": "every placeholder e-mail is taken",
  "by-phone-only": "the phone and the name agree, and no id",
  "unsure-by-phone": "the phone agrees, and the name or the number of records does not",
  "switched-off": "the customer is active and the user is not",
  "stopped-with-active-user": "the customer is stopped and the user is active",
  unreadable: "the phone is no mobile number that we serve",
  "without-id": "the customer has no id",
  "no-delivery-record": "the user has no delivery record: doorstep adopt",
};

const BOM = "\ufeff";

export const csvHead = (): string => BOM + lineOf(COLUMNS);

/**
 * A row without its number, which the whole list gives.
 *
 * @param digest `rowDigest`: `decide` refuses a row with records that changed since
 */
export function csvCells({ document, reason, user }: PersonRow, digest: string): readonly string[] {
  return [
    REASONS[reason],
    text(document, "id"),
    text(document, "name"),
    phone(document),
    text(document, "status"),
    ...userCells(user),
    digest,
    "",
  ];
}

export const csvRow = (number: number, cells: readonly string[]): string =>
  lineOf([`${number}`, ...cells]);

function userCells(user: User | null): readonly string[] {
  if (user === null) return ["", "", "", "", ""];
  const { active, document } = user;
  return [
    text(document, "id"),
    text(document, "name"),
    phone(document),
    text(document, "email"),
    active ? "yes" : "no",
  ];
}

/** A cell that a spreadsheet would take for a formula begins with an apostrophe. */
const lineOf = (cells: readonly string[]): string =>
  stringify([[...cells]], { escape_formulas: true, record_delimiter: "windows" });

function text(document: StoredDocument | null, name: string): string {
  const fields = document?.fields ?? {};
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (value === undefined || value === null) return "";
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** With an apostrophe, or a spreadsheet makes `9.87654E+09` of it. */
function phone(document: StoredDocument | null): string {
  const stored = text(document, "phone");
  return stored === "" ? "" : `'${stored}`;
}
