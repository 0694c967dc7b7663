import type { Phone } from "../../core/ids.ts";
import { type Customer, readCustomer } from "../../core/linking/documents.ts";
import { holdsOneOf, LISTED_SPELLING, type PhoneRules } from "../../core/phone.ts";
import type { Directory } from "../../ports/directory.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { ProcessState, ScanPass } from "../state/process-state.ts";

/** The ports of a pass. */
export interface ScanPorts {
  readonly directory: Pick<Directory, "findCustomers" | "scanCustomers">;
  readonly log: Log;
  readonly process: Pick<ProcessState, "scan">;
  readonly rules: { readonly phone: PhoneRules };
  readonly runtime: Pick<Runtime, "now" | "sleep">;
}

/** Bounds on the cost of one pass over the customers. */
const PASS_BOUNDS = { maxMs: 2_000, maxDocuments: 200_000, textsUnlike: LISTED_SPELLING };
/** Rest before each pass, so that a script with a million numbers gets a fraction of the store. */
const REST_MS = 500;
const MAX_WAITING = 5_000;
/**
 * A pass belongs to the request that began it, and on Workers may end with it. After this time
 * callers stop waiting for a pass.
 */
const LOST_AFTER_MS = 10_000;

/**
 * A pass without an unlisted spelling shows that the data is normal. The result is trusted for this
 * multiple of the pass's duration, so that a flood of unknown numbers rarely scans a large store.
 */
const NORMAL_FACTOR = 20;

/**
 * Finds customers with a phone that no index can list. The search runs after the answer, one pass
 * at a time, and all waiting callers share one pass.
 *
 * @returns null where the search did not end: the store failed, or too many callers wait
 */
export async function scanForCustomersOf(
  ports: ScanPorts,
  phone: Phone,
): Promise<readonly Customer[] | null> {
  const now = ports.runtime.now();
  const waiting = ports.process.scan.next;
  const pass = waiting !== null && !isLost(waiting, now) ? waiting : newPass(ports, now);
  if (pass.phones.size >= MAX_WAITING && !pass.phones.has(phone)) return null;
  pass.phones.add(phone);
  return (await pass.customers)?.filter((customer) => customer.phone === phone) ?? null;
}

const isLost = ({ askedAt }: ScanPass, now: number): boolean => now - askedAt >= LOST_AFTER_MS;

function newPass(ports: ScanPorts, askedAt: number): ScanPass {
  const { scan } = ports.process;
  const phones = new Set<Phone>();
  const before = scan.last;
  const look = async () => {
    if (before !== null && !isLost(before, askedAt)) await before.customers;
    await ports.runtime.sleep(REST_MS);
    if (scan.next === made) scan.next = null;
    const isNormal = scan.normalUntil > ports.runtime.now();
    return isNormal ? [] : lookThrough(ports, [...phones]);
  };
  const made: ScanPass = { phones, askedAt, customers: look() };
  scan.next = made;
  scan.last = made;
  return made;
}

/** The customers of any of these phones; null, with a line in the log, where the store fails. */
async function lookThrough(
  ports: ScanPorts,
  phones: readonly Phone[],
): Promise<readonly Customer[] | null> {
  const { directory, log, process, rules, runtime } = ports;
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
      process.scan.normalUntil = runtime.now() + NORMAL_FACTOR * tookMs;
    }
    const documents = await directory.findCustomers({ keys });
    const customers = documents
      .map((document) => readCustomer(document, rules.phone))
      .filter((customer) => customer !== null);
    // Two numbers in one field, for example: a login needs a person to split them first.
    for (const { id } of customers.filter(({ phone }) => phone === null)) {
      log.write("warn", "phone-unreadable", { customerId: id });
    }
    return customers;
  } catch (error) {
    log.write("error", "scan-failed", { error: String(error), waiting: phones.length });
    return null;
  }
}
