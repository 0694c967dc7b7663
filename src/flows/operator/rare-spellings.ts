import type { DocumentKey, Phone } from "../../core/ids.ts";
import type { StoredDocument } from "../../core/linking/documents.ts";
import {
  LISTED_SPELLING,
  type PhoneRules,
  parseStoredPhone,
  spellingsOf,
} from "../../core/phone.ts";
import type { Gateway } from "../gateway.ts";

/** The `_id`s of customers with a phone in a spelling that no index can list. */
export type RareSpellings = ReadonlyMap<Phone, readonly DocumentKey[]>;

const BOUNDS = { maxDocuments: 100_000_000, textsUnlike: LISTED_SPELLING };
/** For the whole pass: an operator waits, and a pass that ends early would hide customers. */
const PASS_MS = 20 * 60_000;

/**
 * One pass through the customers, for a command that then reads all of them page by page: a query of
 * a page lists spellings and cannot name these. Keeps the rare keys only.
 */
export async function findRareSpellings({
  directory,
  rules,
}: Pick<Gateway, "directory" | "rules">): Promise<RareSpellings> {
  const phones: Phone[] = [];
  const matches = (stored: unknown): boolean => {
    const phone = rarePhone(stored, rules.phone);
    if (phone !== null) phones.push(phone);
    return phone !== null;
  };
  const keys = await directory.scanCustomers(matches, { ...BOUNDS, maxMs: PASS_MS });
  const found = new Map<Phone, DocumentKey[]>();
  for (const [index, key] of keys.entries()) {
    const phone = phones[index];
    if (phone !== undefined) found.set(phone, [...(found.get(phone) ?? []), key]);
  }
  return found;
}

/**
 * The rare spellings among these documents alone: enough where nothing is decided by phone, because
 * a tie by ids does not depend on the other customers of a phone.
 */
export function rareSpellingsIn(page: readonly StoredDocument[], rules: PhoneRules): RareSpellings {
  const found = new Map<Phone, DocumentKey[]>();
  for (const { fields, key } of page) {
    const phone = rarePhone(fields["phone"], rules);
    if (phone !== null) found.set(phone, [...(found.get(phone) ?? []), key]);
  }
  return found;
}

/** The phone of a stored value that no list of spellings has, or null. */
function rarePhone(stored: unknown, rules: PhoneRules): Phone | null {
  if (typeof stored === "string" && LISTED_SPELLING.test(stored)) return null;
  const phone = parseStoredPhone(stored, rules);
  if (phone === null) return null;
  return spellingsOf(phone).some((spelling) => spelling === stored) ? null : phone;
}
