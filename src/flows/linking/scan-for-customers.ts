import type { Phone } from "../../core/ids.ts";
import { type Customer, readCustomer } from "../../core/linking/documents.ts";
import { holdsOneOf, LISTED_SPELLING, type PhoneRules } from "../../core/phone/phone.ts";
import type { Directory } from "../../ports/directory.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { ProcessState, ScanFound, ScanPass } from "../state/process-state.ts";

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
/** A store keeps some of a pass's time for the documents that it found. */
const SURELY_DONE_MS = 0.75 * PASS_BOUNDS.maxMs;
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
 * @returns null where the search did not end: the store failed, too many callers wait, or a pass met
 * its bound before it found a customer of the phone. A user must not be taken by phone then
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
  const found = await pass.found;
  if (found === null) return null;
  const customers = found.customers.filter((customer) => customer.phone === phone);
  return customers.length > 0 || found.isWhole ? customers : null;
}

const isLost = ({ askedAt }: ScanPass, now: number): boolean => now - askedAt >= LOST_AFTER_MS;

function newPass(ports: ScanPorts, askedAt: number): ScanPass {
  const { scan } = ports.process;
  const phones = new Set<Phone>();
  const before = scan.last;
  const look = async () => {
    if (before !== null && !isLost(before, askedAt)) await before.found;
    await ports.runtime.sleep(REST_MS);
    if (scan.next === made) scan.next = null;
    const isNormal = scan.normalUntil > ports.runtime.now();
    return isNormal ? { customers: [], isWhole: true } : lookThrough(ports, [...phones]);
  };
  const made: ScanPass = { phones, askedAt, found: look() };
  scan.next = made;
  scan.last = made;
  return made;
}

/** The customers of any of these phones; null, with a line in the log, where the store fails. */
async function lookThrough(ports: ScanPorts, phones: readonly Phone[]): Promise<ScanFound | null> {
  const { directory, log, process, rules, runtime } = ports;
  const startedAt = runtime.now();
  const isWanted = holdsOneOf(phones);
  let read = 0;
  try {
    const keys = await directory.scanCustomers((stored) => {
      read++;
      return isWanted(stored);
    }, PASS_BOUNDS);
    const tookMs = runtime.now() - startedAt;
    const isWhole = tookMs <= SURELY_DONE_MS && read < PASS_BOUNDS.maxDocuments;
    if (!isWhole) log.write("warn", "scan-bounded", { tookMs, read });
    if (read === 0 && isWhole) {
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
    return { customers, isWhole };
  } catch (error) {
    log.write("error", "scan-failed", { error: String(error), waiting: phones.length });
    return null;
  }
}
