import { type Customer, readCustomer } from "../core/documents.ts";
import type { DocumentKey, Phone } from "../core/ids.ts";
import { spellingsOf } from "../core/phone.ts";
import { activeTestPhone } from "../core/test-phone.ts";
import type { Gateway } from "./gateway.ts";

/**
 * The customers of a phone (LINKING R1): found by the spellings that an index can list and by the
 * keys that a scan found, parsed again whole.
 */
export async function findCustomersOf(
  { directory, rules, runtime }: Gateway,
  phone: Phone,
  keys: readonly DocumentKey[],
): Promise<Customer[]> {
  const test = activeTestPhone(rules.testPhones, phone, runtime.now());
  const query = test ? { ids: [test.customerId] } : { phones: spellingsOf(phone), keys };
  const customers = (await directory.findCustomers(query))
    .map((document) => readCustomer(document, rules.phone))
    .filter((customer) => customer !== null);
  // A test phone speaks for its customer as if it were the customer's own.
  if (test) return customers.map((customer) => ({ ...customer, phone }));
  return customers.filter((customer) => customer.phone === phone);
}
