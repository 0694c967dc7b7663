import type { DocumentKey, Phone } from "../../../core/ids.ts";
import { MARK, type StoredDocument, textOf } from "../../../core/linking/documents.ts";
import type { HashNow } from "../../../core/linking/made-user.ts";
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
  readonly hash: HashNow | null;
  /** How many records it read; 0 where it read none. */
  readonly customers: number;
  readonly numberOfUsers: number;
}

const MAX_DOCUMENTS = 100_000_000;
/** For the whole pass: an operator waits, and a pass that ends early would hide customers. */
const PASS_MS = 20 * 60_000;

/** Every query in full: for records that may have changed since a survey. */
export const fullQueries = (survey: DirectorySurvey): DirectorySurvey => ({
  ...survey,
  mayShare: () => true,
  mayHaveCustomers: () => true,
  users: null,
});

/** @param hash the platform's, where it has one */
export async function surveyDirectory(
  gateway: Pick<Gateway, "directory" | "rules">,
  hash: HashNow | null = null,
): Promise<DirectorySurvey> {
  const { directory, rules } = gateway;
  const [once, twice] = [bits(), bits()];
  const rare: Phone[] = [];
  let customers = 0;
  const keys = await directory.scanCustomers(
    (stored) => {
      customers++;
      const at = phoneEnd(stored);
      if (at !== null && has(once, at)) add(twice, at);
      if (at !== null) add(once, at);
      const phone = rarePhone(stored, rules.phone);
      if (phone !== null) rare.push(phone);
      return phone !== null;
    },
    { maxDocuments: MAX_DOCUMENTS, maxMs: PASS_MS },
  );
  const { number: numberOfUsers, users } = await surveyUsers(gateway);
  const found = new Map<Phone, DocumentKey[]>();
  for (const [index, key] of keys.entries()) {
    const phone = rare[index];
    if (phone !== undefined) found.set(phone, [...(found.get(phone) ?? []), key]);
  }
  return {
    rareKeys: (phone) => found.get(phone) ?? [],
    mayShare: (phone) => isIn(twice, phone),
    mayHaveCustomers: (phone) => isIn(once, phone),
    users,
    hash,
    customers,
    numberOfUsers,
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
  const found = new Map<Phone, DocumentKey[]>();
  for (const { fields, key } of page) {
    const phone = rarePhone(fields["phone"], rules);
    if (phone !== null) found.set(phone, [...(found.get(phone) ?? []), key]);
  }
  return {
    rareKeys: (phone) => found.get(phone) ?? [],
    mayShare: () => true,
    mayHaveCustomers: () => true,
    users: null,
    hash: null,
    customers: 0,
    numberOfUsers: 0,
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
