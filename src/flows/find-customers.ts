import { type Customer, readCustomer } from "../core/documents.ts";
import type { DocumentKey, Phone } from "../core/ids.ts";
import { parseStoredPhone, spellingsOf } from "../core/phone.ts";
import type { Gateway } from "./gateway.ts";

/** What a scan may cost, however many ask: it runs after the answer, one at a time. */
const SCAN_BOUNDS = { maxMs: 2_000, maxDocuments: 200_000 };
const MAX_WAITING_SCANS = 20;

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

/** Scans under way or waiting, per gateway. */
const scans = new WeakMap<Gateway, { waiting: number; last: Promise<unknown> }>();

/**
 * Looks for customers whose phone is spelled in a way no index can list. One scan at a time: a
 * script with a million numbers gets no more out of the store than one scan after another, and
 * beyond twenty waiting none at all.
 */
export async function scanForCustomersOf(gateway: Gateway, phone: Phone): Promise<DocumentKey[]> {
  const queue = scans.get(gateway) ?? { waiting: 0, last: Promise.resolve() };
  scans.set(gateway, queue);
  if (queue.waiting >= MAX_WAITING_SCANS) {
    gateway.log.write("warn", "scan-skipped", { waiting: queue.waiting });
    return [];
  }
  queue.waiting++;
  const scan = queue.last.then(() =>
    gateway.directory.scanCustomers(
      (stored) => parseStoredPhone(stored, gateway.rules.phone) === phone,
      SCAN_BOUNDS,
    ),
  );
  queue.last = scan.catch(() => undefined);
  return scan.finally(() => queue.waiting--);
}
