import type { Phone } from "../../core/ids.ts";
import { type Customer, readCustomer } from "../../core/linking/documents.ts";
import { asciiDigits, LISTED_SPELLING, nationalNumber } from "../../core/phone.ts";
import type { Gateway } from "../gateway.ts";

/** What one pass over the customers may cost. */
const PASS_BOUNDS = { maxMs: 2_000, maxDocuments: 200_000, textsUnlike: LISTED_SPELLING };
/** Rest before each pass, so that a script with a million numbers gets a fraction of the store. */
const REST_MS = 500;
const MAX_WAITING = 5_000;
/**
 * A pass belongs to the request that began it, and on Workers may end with it. One that is not over
 * after so long is not waited for.
 */
const LOST_AFTER_MS = 10_000;

/**
 * A pass that saw no unlisted spelling shows that the data is normal, and is believed for so many
 * times as long as it took: under a flood of unknown numbers a large store is rarely scanned.
 */
const NORMAL_FACTOR = 20;
const normalUntil = new WeakMap<Gateway, number>();

/** A pass through the customers, for everybody who asked before it began to look. */
interface Pass {
  readonly phones: Set<Phone>;
  readonly askedAt: number;
  readonly customers: Promise<readonly Customer[]>;
}

/** The pass that has not begun to look, per gateway, and the one before it. */
const nextPass = new WeakMap<Gateway, Pass>();
const lastPass = new WeakMap<Gateway, Pass>();

/**
 * Looks for customers whose phone is spelled in a way no index can list. It runs after the answer,
 * one pass at a time, and one pass serves everybody who waits for it.
 *
 * @returns nobody where the store failed or too many wait: asking again tries again
 */
export async function scanForCustomersOf(
  gateway: Gateway,
  phone: Phone,
): Promise<readonly Customer[]> {
  const now = gateway.runtime.now();
  const waiting = nextPass.get(gateway);
  const pass = waiting !== undefined && !isLost(waiting, now) ? waiting : newPass(gateway, now);
  if (pass.phones.size >= MAX_WAITING && !pass.phones.has(phone)) return [];
  pass.phones.add(phone);
  return (await pass.customers).filter((customer) => customer.phone === phone);
}

const isLost = ({ askedAt }: Pass, now: number): boolean => now - askedAt >= LOST_AFTER_MS;

function newPass(gateway: Gateway, askedAt: number): Pass {
  const phones = new Set<Phone>();
  const before = lastPass.get(gateway);
  const look = async () => {
    if (before !== undefined && !isLost(before, askedAt)) await before.customers;
    await gateway.runtime.sleep(REST_MS);
    if (nextPass.get(gateway) === made) nextPass.delete(gateway);
    const isNormal = (normalUntil.get(gateway) ?? 0) > gateway.runtime.now();
    return isNormal ? [] : lookThrough(gateway, [...phones]);
  };
  const made: Pass = { phones, askedAt, customers: look() };
  nextPass.set(gateway, made);
  lastPass.set(gateway, made);
  return made;
}

/** The customers of any of these phones; nobody, with a line in the log, where the store fails. */
async function lookThrough(
  gateway: Gateway,
  phones: readonly Phone[],
): Promise<readonly Customer[]> {
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
