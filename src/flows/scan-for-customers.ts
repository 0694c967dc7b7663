import { type Customer, readCustomer } from "../core/documents.ts";
import type { Phone } from "../core/ids.ts";
import { asciiDigits, LISTED_SPELLING, nationalNumber } from "../core/phone.ts";
import type { Gateway } from "./gateway.ts";

/** What one pass over the customers may cost. */
const PASS_BOUNDS = { maxMs: 2_000, maxDocuments: 200_000, textsUnlike: LISTED_SPELLING };
/** Rest before each pass, so that a script with a million numbers gets a fraction of the store. */
const REST_MS = 500;
const MAX_WAITING = 5_000;

/**
 * A pass that saw no unlisted spelling shows that the data is normal, and is believed for so many
 * times as long as it took: under a flood of unknown numbers a large store is rarely scanned.
 */
const NORMAL_FACTOR = 20;
const normalUntil = new WeakMap<Gateway, number>();

type Waiter = (customers: readonly Customer[]) => void;

/** Phones that wait for the next pass, per gateway. */
const waiting = new WeakMap<Gateway, Map<Phone, Waiter[]>>();

/**
 * Looks for customers whose phone is spelled in a way no index can list. It runs after the answer,
 * one pass at a time, and one pass serves everybody who waits for it.
 *
 * @returns nobody where the store failed or too many wait: asking again tries again
 */
export function scanForCustomersOf(gateway: Gateway, phone: Phone): Promise<readonly Customer[]> {
  const queue = waiting.get(gateway) ?? new Map<Phone, Waiter[]>();
  const asleep = !waiting.has(gateway);
  if (queue.size >= MAX_WAITING && !queue.has(phone)) return Promise.resolve([]);
  waiting.set(gateway, queue);
  const answer = new Promise<readonly Customer[]>((resolve) => {
    queue.set(phone, [...(queue.get(phone) ?? []), resolve]);
  });
  if (asleep) gateway.runtime.defer("scan", () => passUntilNobodyWaits(gateway, queue));
  return answer;
}

async function passUntilNobodyWaits(gateway: Gateway, queue: Map<Phone, Waiter[]>): Promise<void> {
  while (queue.size > 0) {
    await gateway.runtime.sleep(REST_MS);
    const served = new Map(queue);
    queue.clear();
    const isNormal = (normalUntil.get(gateway) ?? 0) > gateway.runtime.now();
    const found = isNormal ? [] : await pass(gateway, [...served.keys()]);
    for (const [phone, waiters] of served) {
      const customers = found.filter((customer) => customer.phone === phone);
      for (const tell of waiters) tell(customers);
    }
  }
  waiting.delete(gateway);
}

/** The customers of any of these phones; nobody, with a line in the log, where the store fails. */
async function pass(gateway: Gateway, phones: readonly Phone[]): Promise<readonly Customer[]> {
  const { directory, log, rules, runtime } = gateway;
  const startedAt = runtime.now();
  const isWanted = holdsOneOf(phones);
  let unlisted = 0;
  try {
    const keys = await directory.scanCustomers((stored) => {
      unlisted++;
      return isWanted(stored);
    }, PASS_BOUNDS);
    const tookMs = runtime.now() - startedAt;
    if (unlisted === 0 && tookMs < PASS_BOUNDS.maxMs) {
      normalUntil.set(gateway, runtime.now() + NORMAL_FACTOR * tookMs);
    }
    const documents = await directory.findCustomers({ keys });
    const customers = documents.map((document) => readCustomer(document, rules.phone));
    return customers.filter((customer) => customer !== null);
  } catch (error) {
    log.write("error", "scan-failed", { error: String(error), waiting: phones.length });
    return [];
  }
}

/**
 * Whether a stored phone holds the digits of one of these in a row. Parsing every document would
 * cost a hundred times as much; what passes is parsed whole afterwards.
 */
function holdsOneOf(phones: readonly Phone[]): (stored: unknown) => boolean {
  const nationals = new Set(phones.map(nationalNumber));
  const lengths = [...new Set([...nationals].map(({ length }) => length))];
  return (stored) => {
    if (typeof stored !== "string") return false;
    const digits = asciiDigits(stored.slice(0, 64)).replace(/\D/g, "");
    return lengths.some((length) => {
      for (let at = 0; at + length <= digits.length; at++) {
        if (nationals.has(digits.slice(at, at + length))) return true;
      }
      return false;
    });
  };
}
