import type { DocumentKey, Phone } from "../../../core/ids.ts";
import { MARK, type StoredDocument, textOf } from "../../../core/linking/documents.ts";
import {
  LISTED_SPELLING,
  type PhoneRules,
  parseStoredPhone,
  spellingsOf,
} from "../../../core/phone/phone.ts";
import { PHONE_ENDS, phoneEnd } from "../../../core/phone/phone-end.ts";
import { textFilter } from "../../../core/text-filter.ts";
import type { Gateway } from "../../gateway.ts";
import type { KnownUsers } from "../../linking/read-link-facts.ts";
import { pagesOf } from "./pages.ts";

/**
 * What one pass through both collections tells, in some thirty megabytes whatever the number of
 * records. A command that then reads all records asks only for what can be there.
 */
export interface DirectorySurvey {
  /** The `_id`s of customers with the phone in a spelling that no index can list. */
  rareKeys(phone: Phone): readonly DocumentKey[];
  /** False: at most one customer has the phone. */
  mayShare(phone: Phone): boolean;
  /** False: no customer has the phone. */
  mayHaveCustomers(phone: Phone): boolean;
  /** Null: nothing is known of the users. */
  readonly users: KnownUsers | null;
  /** How many records it read; 0 where it read none. */
  readonly customers: number;
  readonly numberOfUsers: number;
}

type SurveyPorts = Pick<Gateway, "directory"> & { readonly rules: Pick<Gateway["rules"], "phone"> };

/** Every query in full: for records that may have changed since a survey. */
export const fullQueries = (survey: DirectorySurvey): DirectorySurvey => ({
  ...survey,
  mayShare: () => true,
  mayHaveCustomers: () => true,
  users: null,
});

/**
 * Reads both collections to their end, however long that takes: a survey that ended early would hide
 * customers from `audit` and `link`.
 */
export async function surveyDirectory(gateway: SurveyPorts): Promise<DirectorySurvey> {
  const customers = await surveyCustomers(gateway);
  const { number: numberOfUsers, users } = await surveyUsers(gateway);
  return { ...customers, users, numberOfUsers };
}

async function surveyCustomers({
  directory,
  rules,
}: SurveyPorts): Promise<Omit<DirectorySurvey, "users" | "numberOfUsers">> {
  const [once, twice] = [bits(), bits()];
  const rare = rareKeys();
  let customers = 0;
  for await (const page of pagesOf({ directory }, "customers_v2")) {
    customers += page.length;
    for (const document of page) {
      const at = phoneEnd(document.fields["phone"]);
      if (at !== null && has(once, at)) add(twice, at);
      if (at !== null) add(once, at);
      rare.add(document, rules.phone);
    }
  }
  return {
    rareKeys: rare.of,
    mayShare: (phone) => isIn(twice, phone),
    mayHaveCustomers: (phone) => isIn(once, phone),
    customers,
  };
}

/** The field of a users document that each part of a query compares. */
const COMPARED = [
  ["ids", "id"],
  ["customerIds", "customer_v2_id"],
  ["marks", MARK],
  ["emails", "email"],
] as const;

async function surveyUsers(
  gateway: Pick<Gateway, "directory">,
): Promise<{ readonly users: KnownUsers; readonly number: number }> {
  const phones = bits();
  let number = 0;
  const texts = textFilter();
  for await (const page of pagesOf(gateway, "users")) {
    number += page.length;
    for (const { fields, objectId } of page) {
      const at = phoneEnd(fields["phone"]);
      if (at !== null) add(phones, at);
      if (objectId !== null) texts.add("objectIds", objectId);
      for (const [part, field] of COMPARED) {
        const text = textOf(fields[field]);
        if (text !== null) texts.add(part, text);
      }
    }
  }
  const users = { mayHave: texts.mayHave, mayHavePhone: (phone: Phone) => isIn(phones, phone) };
  return { users, number };
}

/**
 * For the decisions about these documents alone, with every query in full. Enough where nothing is
 * decided by phone: a tie by ids does not depend on the other customers of a phone.
 */
export function surveyOfPage(page: readonly StoredDocument[], rules: PhoneRules): DirectorySurvey {
  const rare = rareKeys();
  for (const document of page) rare.add(document, rules);
  return {
    rareKeys: rare.of,
    mayShare: () => true,
    mayHaveCustomers: () => true,
    users: null,
    customers: 0,
    numberOfUsers: 0,
  };
}

interface RareKeys {
  add(document: StoredDocument, rules: PhoneRules): void;
  of(phone: Phone): readonly DocumentKey[];
}

function rareKeys(): RareKeys {
  const found = new Map<Phone, DocumentKey[]>();
  return {
    add({ fields, key }, rules) {
      const phone = rarePhone(fields["phone"], rules);
      if (phone !== null) found.set(phone, [...(found.get(phone) ?? []), key]);
    },
    of: (phone) => found.get(phone) ?? [],
  };
}

/** The phone of a stored value that no list of spellings has, or null. */
function rarePhone(stored: unknown, rules: PhoneRules): Phone | null {
  if (typeof stored === "string" && LISTED_SPELLING.test(stored)) return null;
  const phone = parseStoredPhone(stored, rules);
  if (phone === null) return null;
  return spellingsOf(phone).some((spelling) => spelling === stored) ? null : phone;
}

const bits = (): Uint8Array => new Uint8Array(Math.ceil(PHONE_ENDS / 8));
const has = (set: Uint8Array, at: number): boolean => (((set[at >> 3] ?? 0) >> (at & 7)) & 1) === 1;

function add(set: Uint8Array, at: number): void {
  set[at >> 3] = (set[at >> 3] ?? 0) | (1 << (at & 7));
}

function isIn(set: Uint8Array, phone: Phone): boolean {
  const at = phoneEnd(phone);
  return at === null || has(set, at);
}
