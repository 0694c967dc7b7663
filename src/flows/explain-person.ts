import { faultsOf, tiesOf } from "../core/describe-tie.ts";
import {
  type Customer,
  readCustomer,
  readUser,
  type StoredDocument,
  type User,
} from "../core/documents.ts";
import type { DocumentKey, Phone } from "../core/ids.ts";
import { decideLink, type LinkDecision } from "../core/link-decision.ts";
import { type LinkFacts, type Rank, rankOf } from "../core/link-evidence.ts";
import { customerNamedBy, type PlaceholderRule } from "../core/made-user.ts";
import { LISTED_SPELLING, parseStoredPhone, parseTypedPhone, spellingsOf } from "../core/phone.ts";
import { pruned } from "../core/phone-record.ts";
import { prunedUserRecord } from "../core/user-record.ts";
import { readPhoneRecord, readUserRecord } from "./change-record.ts";
import { findCustomersOf } from "./find-customers.ts";
import type { Gateway } from "./gateway.ts";
import { readLinkFacts } from "./read-link-facts.ts";

/** A users document as it bears on one customer. */
export interface ExplainedUser {
  readonly user: User;
  readonly rank: Rank | null;
  readonly ties: readonly string[];
  readonly faults: readonly string[];
  readonly sessions: number;
}

/** What a login of this customer would do, and from what evidence. */
export interface ExplainedCustomer {
  readonly customer: Customer;
  readonly users: readonly ExplainedUser[];
  /** `stopped`, or LINKING's decision; null where the customer has no phone to log in with. */
  readonly login: LinkDecision | { readonly kind: "stopped" } | null;
}

export interface Explanation {
  readonly phone: Phone | null;
  /** Epoch ms until which the phone is locked after wrong codes, or null. */
  readonly lockedUntil: number | null;
  readonly customers: readonly ExplainedCustomer[];
  /** Documents that match but are nobody: no `id`. */
  readonly broken: readonly StoredDocument[];
  /** Users that match and are tied to none of the customers. */
  readonly others: readonly ExplainedUser[];
}

/**
 * Everything about a phone, a `users.id` or a `customers_v2.id`: which records exist, how they are
 * tied, and what a login would do. Reads, and writes nothing.
 */
export async function explainPerson(gateway: Gateway, text: string): Promise<Explanation> {
  const { directory, rules, runtime } = gateway;
  const phone = parseTypedPhone(text, rules.phone);
  const direct = await directory.findUsers({
    ids: [text],
    phones: phone === null ? [] : spellingsOf(phone),
  });
  const named = direct.map((document) => readUser(document, rules.phone));
  const phones = unique(present([phone, ...named.map((user) => user.phone)]));
  const keys = await rareSpellings(gateway, phones);
  const matches = await directory.findCustomers({
    ...{ phones: phones.flatMap(spellingsOf), keys },
    ids: [text, ...present(named.flatMap((user) => customersNamedBy(user, rules.placeholder)))],
    userIds: present(named.flatMap(({ document, id }) => [id, document.objectId])),
  });
  const customers = present(matches.map((document) => readCustomer(document, rules.phone)));
  const explained = await Promise.all(customers.map((customer) => explain(gateway, customer)));
  const tied = new Set(
    explained.flatMap(({ users }) => users.map(({ user }) => user.document.key)),
  );
  const strangers = named.filter(({ document }) => !tied.has(document.key));
  const lock = phone && (await readPhoneRecord(gateway, await gateway.keyring.phoneKey(phone)));
  return {
    phone,
    lockedUntil: lock && pruned(lock.record, rules.challenge, runtime.now()).common.lockedUntil,
    customers: explained,
    broken: matches.filter((document) => readCustomer(document, rules.phone) === null),
    others: await Promise.all(strangers.map((user) => explainUser(gateway, user, null, null))),
  };
}

const customersNamedBy = ({ customerId, email, id }: User, rule: PlaceholderRule) => [
  customerId,
  id,
  customerNamedBy(email, rule),
];

/** An operator waits for the whole collection: a customer must not stay unseen. */
async function rareSpellings(
  { directory, rules }: Gateway,
  phones: readonly Phone[],
): Promise<DocumentKey[]> {
  if (phones.length === 0) return [];
  const bounds = { maxMs: 60_000, maxDocuments: 10_000_000, textsUnlike: LISTED_SPELLING };
  return directory.scanCustomers((stored) => {
    const phone = parseStoredPhone(stored, rules.phone);
    return phone !== null && phones.includes(phone);
  }, bounds);
}

/** @param customer whoever else has their phone is read as well: a login is about them, too */
async function explain(gateway: Gateway, customer: Customer): Promise<ExplainedCustomer> {
  const { phone } = customer;
  if (phone === null) return { customer, users: [], login: null };
  const keys = [customer.document.key, ...(await rareSpellings(gateway, [phone]))];
  const onPhone = await findCustomersOf(gateway, phone, keys);
  const now = onPhone.find(({ document }) => document.key === customer.document.key);
  // The number was changed a moment ago: nobody can log in as this customer with it.
  if (now === undefined) return { customer, users: [], login: null };
  const facts = await readLinkFacts(gateway, phone, now, onPhone);
  const tied = facts.users.filter((user) => rankOf(user, now, facts) !== null);
  return {
    customer: now,
    users: await Promise.all(tied.map((user) => explainUser(gateway, user, now, facts))),
    login: now.status === null ? { kind: "stopped" } : decideLink(facts),
  };
}

async function explainUser(
  gateway: Gateway,
  user: User,
  customer: Customer | null,
  facts: LinkFacts | null,
): Promise<ExplainedUser> {
  return {
    user,
    rank: customer && facts && rankOf(user, customer, facts),
    ties: customer && facts ? tiesOf(user, customer, facts) : [],
    faults: faultsOf(user),
    sessions: await sessionsOf(gateway, user),
  };
}

async function sessionsOf(gateway: Gateway, { id }: User): Promise<number> {
  if (id === null) return 0;
  const { record } = await readUserRecord(gateway, await gateway.keyring.userKey(id));
  return prunedUserRecord(record, gateway.runtime.now()).sessions.length;
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const present = <T>(values: readonly (T | null)[]): T[] =>
  values.filter((value): value is T => value !== null);
