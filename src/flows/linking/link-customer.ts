import { type FailureOf, rateLimited } from "../../core/failure.ts";
import type { CustomerId, DocumentKey, Phone } from "../../core/ids.ts";
import type { Customer, UsableUser } from "../../core/linking/documents.ts";
import { decideLink, type LinkDecision, refusalOf } from "../../core/linking/link-decision.ts";
import { linkedUser } from "../../core/linking/link-evidence.ts";
import type { LinkFacts, SharedFacts } from "../../core/linking/ties.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Gateway } from "../gateway.ts";
import { backOff } from "../state/change-record.ts";
import {
  createUser,
  type LinkRefusal,
  type LinkStep,
  type Progress,
  reuseUser,
} from "./apply-link.ts";
import { findCustomersOf, type PhoneOfRecord, phoneOfRecord } from "./find-customers.ts";
import { markLink } from "./mark-link.ts";
import { readLinkFacts } from "./read-link-facts.ts";
import { type ScanPorts, scanForCustomersOf } from "./scan-for-customers.ts";
import {
  asStored,
  giveBack,
  giveBackUnlinked,
  type Takeover,
  withoutTakeover,
} from "./takeover.ts";

/** The ports for linking: the directory, and the search for rare spellings. */
export type LinkPorts = Pick<Gateway, "directory" | "rules" | "runtime"> & ScanPorts;

/**
 * A customer and the one user who is theirs, from documents that pass LINKING step 3; or a user who
 * logs in without a customer (LEGACY_ONLY_LOGIN).
 */
export interface Link {
  readonly customer: Customer | null;
  readonly user: UsableUser;
  /** True in the one of all racing logins that completed the link (LINKING step 3). */
  readonly wrote: boolean;
}

/** A link with its customer. */
export interface LinkedCustomer extends Link {
  readonly customer: Customer;
}

/** A proven phone, and the documents that a scan found for it. */
export interface ProvenPhone {
  readonly phone: Phone;
  readonly found: readonly DocumentKey[];
  /** Whether the scan has ended, so that no other customer can have the phone. */
  readonly searched?: boolean;
}

const MAX_TRIES = 5;

const UNTOUCHED: Progress = { takeover: null, completed: false };

/**
 * Gives a customer exactly one user: LINKING, step by step. The only place where two records are
 * joined. Any process may die between two writes, and any number of logins may run at once. Each
 * write is a compare-and-set on the values that the decision relied on, in an order that leaves
 * evidence by id.
 *
 * @param customers R1 as just read; read again after every lost race
 * @param read the facts, if the caller has just read them; they are read again after a lost race
 */
export async function linkCustomer(
  gateway: LinkPorts,
  proven: ProvenPhone,
  chosen: CustomerId,
  customers: readonly Customer[],
  read: SharedFacts | null = null,
): Promise<Result<LinkedCustomer, LinkRefusal | FailureOf<"rate-limited">>> {
  const { phone } = proven;
  let { found, searched = false } = proven;
  let onPhone = customers;
  let progress: Progress = UNTOUCHED;
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const record = await phoneOfRecord(gateway, { phone, customers: onPhone }, chosen);
    const known = { ...record, searched, facts: attempt === 1 ? read : null };
    const step = await tryLink(gateway, known, chosen, progress);
    progress = step.progress;
    if (step.kind === "linked") {
      return ok({ customer: step.customer, user: step.user, wrote: step.wrote });
    }
    if (step.kind === "refused") {
      await giveBackUnlinked(gateway, chosen, progress.takeover);
      return fail(step.failure);
    }
    if (step.kind === "unsearched") {
      found = [...found, ...(await searchToTheEnd(gateway, record.phone))];
      searched = true;
    } else {
      await backOff(gateway, attempt);
    }
    onPhone = await findCustomersOf(gateway, phone, found);
  }
  await giveBackUnlinked(gateway, chosen, progress.takeover);
  const now = gateway.runtime.now();
  return fail(rateLimited("lost-race", now, now));
}

/**
 * A user would be taken by phone alone, and another customer may have the phone in a rare spelling.
 */
interface Unsearched {
  readonly kind: "unsearched";
  readonly progress: Progress;
}

/**
 * The scan of this login's code request has not ended, because the code was typed fast or the store
 * failed. A user is taken by phone only after the scan (LINKING step 8).
 */
async function searchToTheEnd(gateway: LinkPorts, phone: Phone): Promise<readonly DocumentKey[]> {
  const customers = await scanForCustomersOf(gateway, phone);
  if (customers !== null) return customers.map(({ document }) => document.key);
  throw new AdapterError("directory", "scan-customers", "unavailable", { cause: undefined });
}

interface KnownBefore extends PhoneOfRecord {
  readonly searched: boolean;
  readonly facts: SharedFacts | null;
}

/** One round of reading, deciding and writing. */
async function tryLink(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  { customers: onPhone, facts: read, phone, searched }: KnownBefore,
  chosen: CustomerId,
  before: Progress,
): Promise<LinkStep | Unsearched> {
  const found = onPhone.filter(({ id }) => id === chosen);
  // Of two customers with one id, a stopped one must not hide the conflict between the two.
  const customer = found.find(({ status }) => status !== null) ?? found[0];
  if (customer === undefined) return refused({ reason: "otp-rejected" }, before);
  if (customer.status === null) return refused({ reason: "customer-stopped" }, before);
  const facts = read
    ? { ...read, customer }
    : await readLinkFacts(gateway, phone, customer, onPhone, before.takeover);
  const decision = decide(gateway, facts, before.takeover);
  const progress = await keepOrGiveBack(gateway, decision, before);
  switch (decision.kind) {
    case "linked":
      markLater(gateway, customer, decision.user);
      return { kind: "linked", customer, user: decision.user, wrote: progress.completed, progress };
    case "reuse":
      if (decision.rank === "D" && !searched) return { kind: "unsearched", progress };
      return reuseUser(gateway, facts, asStored(facts, decision.user), progress);
    case "create":
      return createUser(gateway, facts, decision.ids, progress);
    case "inactive":
    case "conflict":
      return refused(refusalOf(decision), progress);
  }
}

/** Decides without the evidence of our own takeover, unless the link already stands. */
function decide(
  gateway: Pick<Gateway, "rules">,
  facts: LinkFacts,
  takeover: Takeover | null,
): LinkDecision {
  const stands = linkedUser(facts) !== null;
  return decideLink(
    takeover === null || stands ? facts : withoutTakeover(gateway, facts, takeover),
  );
}

/** Where the new plan does not use the user of the last try, that user is given back first. */
async function keepOrGiveBack(
  gateway: Pick<Gateway, "directory">,
  decision: LinkDecision,
  before: Progress,
): Promise<Progress> {
  const { takeover } = before;
  if (takeover === null || decision.kind === "inactive" || decision.kind === "conflict")
    return before;
  const used = decision.kind === "create" ? null : decision.user;
  if (used?.document.key === takeover.before.key) return before;
  await giveBack(gateway, takeover);
  return UNTOUCHED;
}

/** The mark is set after the answer: a login does not wait for it. */
function markLater(
  gateway: Pick<Gateway, "directory" | "runtime">,
  customer: Customer,
  user: UsableUser,
): void {
  if (user.mark === customer.id) return;
  gateway.runtime.defer("mark-link", async () => void (await markLink(gateway, customer, user)));
}

const refused = (failure: LinkRefusal, progress: Progress): LinkStep => ({
  kind: "refused",
  failure,
  progress,
});
