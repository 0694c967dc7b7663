import type { CustomerId, DocumentKey, Phone } from "../../core/ids.ts";
import { type Customer, readCustomer } from "../../core/linking/documents.ts";
import { activeTestPhone } from "../../core/otp/test-phone.ts";
import { spellingsOf } from "../../core/phone/phone.ts";
import type { Gateway } from "../gateway.ts";

/**
 * The customers of a phone (LINKING R1): found by the spellings that an index can list and by the
 * keys of a scan. Each phone is parsed again as a whole.
 */
export async function findCustomersOf(
  { directory, rules, runtime }: Pick<Gateway, "directory" | "rules" | "runtime">,
  phone: Phone,
  keys: readonly DocumentKey[],
): Promise<Customer[]> {
  const test = activeTestPhone(rules.testPhones, phone, runtime.now());
  const query = test ? { ids: [test.customerId] } : { phones: spellingsOf(phone), keys };
  const customers = (await directory.findCustomers(query))
    .map((document) => readCustomer(document, rules.phone))
    .filter((customer) => customer !== null);
  return test ? customers : customers.filter((customer) => customer.phone === phone);
}

/** The customers of several phones at once, by index; none of these is a test phone. */
export async function findCustomersOfAll(
  { directory, rules }: Pick<Gateway, "directory" | "rules">,
  phones: readonly Phone[],
): Promise<readonly Customer[]> {
  const documents = await directory.findCustomers({ phones: phones.flatMap(spellingsOf) });
  return documents
    .map((document) => readCustomer(document, rules.phone))
    .filter((customer) => customer !== null);
}

/** The phone by which records are judged, and its customers. */
export interface PhoneOfRecord {
  readonly phone: Phone;
  readonly customers: readonly Customer[];
}

/**
 * A test phone stands for its customer and is in no record: records are judged and written by the
 * customer's own phone. Any other phone is judged as it is.
 */
export async function phoneOfRecord(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  proven: PhoneOfRecord,
  chosen: CustomerId,
): Promise<PhoneOfRecord> {
  const { rules, runtime } = gateway;
  if (activeTestPhone(rules.testPhones, proven.phone, runtime.now()) === null) return proven;
  const phone = proven.customers.find(({ id }) => id === chosen)?.phone ?? null;
  if (phone === null) return proven;
  return { phone, customers: await findCustomersOf(gateway, phone, []) };
}
