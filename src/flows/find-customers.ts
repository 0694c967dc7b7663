import { type Customer, readCustomer } from "../core/documents.ts";
import type { DocumentKey, Phone } from "../core/ids.ts";
import { spellingsOf } from "../core/phone.ts";
import type { Gateway } from "./gateway.ts";

/**
 * The customers of a phone (LINKING R1): found by the spellings that an index can list and by the
 * keys that a scan found, parsed again whole.
 */
export async function findCustomersOf(
  { directory, rules }: Gateway,
  phone: Phone,
  keys: readonly DocumentKey[],
): Promise<Customer[]> {
  const documents = await directory.findCustomers({ phones: spellingsOf(phone), keys });
  return documents
    .map((document) => readCustomer(document, rules.phone))
    .filter((customer) => customer?.phone === phone)
    .filter((customer) => customer !== null);
}
