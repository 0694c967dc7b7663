import type { Phone } from "../../../core/ids.ts";
import { userFaults } from "../../../core/linking/describe-user.ts";
import {
  type Customer,
  readCustomer,
  readUser,
  type StoredDocument,
  type User,
} from "../../../core/linking/documents.ts";
import { decideLink, type LinkDecision } from "../../../core/linking/link-decision.ts";
import { customerNamedBy, type PlaceholderRule } from "../../../core/linking/made-user.ts";
import { type LinkFacts, type Rank, rankOf, tieSentences } from "../../../core/linking/ties.ts";
import { type LaneState, laneStates } from "../../../core/otp/phone-lock.ts";
import { parseTypedPhone, spellingsOf } from "../../../core/phone/phone.ts";
import { prunedUserRecord, type Session } from "../../../core/sessions/user-record.ts";
import type { Gateway } from "../../gateway.ts";
import { findCustomersOf } from "../../linking/find-customers.ts";
import { readLinkFacts } from "../../linking/read-link-facts.ts";
import { canBeAnId } from "../../sessions/review-sessions.ts";
import { readPhoneRecord, readUserRecord } from "../../state/change-record.ts";
import type { SpellingSearch } from "../reading/search-spellings.ts";

type ExplainPersonPorts = Pick<Gateway, "directory" | "keyring" | "rules" | "runtime" | "state">;

/** A users document, as evidence about one customer. */
export interface ExplainedUser {
  readonly user: User;
  readonly rank: Rank | null;
  readonly ties: readonly string[];
  readonly faults: readonly string[];
  /** The live sessions. */
  readonly sessions: readonly Session[];
}

/** The result of a login as this customer, and its evidence. */
export interface ExplainedCustomer {
  readonly customer: Customer;
  readonly users: readonly ExplainedUser[];
  /** `stopped`, or the decision of LINKING; null where the customer has no phone to log in with. */
  readonly login: LinkDecision | { readonly kind: "stopped" } | null;
}

/** The counters and locks of a phone. */
export interface ExplainedPhone {
  readonly phone: Phone;
  /** The common lane, and those of known devices. */
  readonly lanes: readonly LaneState[];
}

export interface Explanation {
  /** The phone in question, and those of the customers. */
  readonly phones: readonly ExplainedPhone[];
  readonly customers: readonly ExplainedCustomer[];
  /** Documents that match and have no usable `id`. */
  readonly broken: readonly StoredDocument[];
  /** Users that match and are tied to none of the customers. */
  readonly others: readonly ExplainedUser[];
  /** False where the search for rare spellings may be incomplete. */
  readonly complete: boolean;
}

const NOBODY: Explanation = { phones: [], customers: [], broken: [], others: [], complete: true };

/**
 * Everything about a phone, a `users.id` or a `customers_v2.id`: the records, their ties, and the
 * result of a login. Reads only.
 */
export async function explainPerson(
  gateway: ExplainPersonPorts,
  text: string,
  search: SpellingSearch,
): Promise<Explanation> {
  const { directory, rules } = gateway;
  if (!canBeAnId(text)) return NOBODY;
  const phone = parseTypedPhone(text, rules.phone);
  const direct = await directory.findUsers({
    ids: [text],
    phones: phone === null ? [] : spellingsOf(phone),
  });
  const named = direct.map((document) => readUser(document, rules.phone));
  const phones = unique(present([phone, ...named.map((user) => user.phone)]));
  const keys = await search.keysOf(phones);
  const matches = await directory.findCustomers({
    phones: phones.flatMap(spellingsOf),
    keys,
    ids: [text, ...present(named.flatMap((user) => customersNamedBy(user, rules.placeholder)))],
    userIds: present(named.flatMap(({ document, id }) => [id, document.objectId])),
  });
  const customers = present(matches.map((document) => readCustomer(document, rules.phone)));
  const explained = await Promise.all(
    customers.map((customer) => explain(gateway, customer, search)),
  );
  const tied = new Set(
    explained.flatMap(({ users }) => users.map(({ user }) => user.document.key)),
  );
  const strangers = named.filter(({ document }) => !tied.has(document.key));
  const asked = unique(present([phone, ...explained.map(({ customer }) => customer.phone)]));
  return {
    phones: await Promise.all(asked.map((each) => explainPhone(gateway, each))),
    customers: explained,
    broken: matches.filter((document) => readCustomer(document, rules.phone) === null),
    others: await Promise.all(strangers.map((user) => explainUser(gateway, user, null, null))),
    complete: search.isComplete(),
  };
}

async function explainPhone(gateway: ExplainPersonPorts, phone: Phone): Promise<ExplainedPhone> {
  const { keyring, rules, runtime } = gateway;
  const { record } = await readPhoneRecord(gateway, await keyring.phoneKey(phone));
  return { phone, lanes: laneStates(record, rules.challenge, runtime.now()) };
}

const customersNamedBy = ({ customerId, email, id, mark }: User, rule: PlaceholderRule) => [
  customerId,
  id,
  mark,
  customerNamedBy(email, rule),
];

/** @param customer the other customers of the phone are read as well: they affect the login */
async function explain(
  gateway: ExplainPersonPorts,
  customer: Customer,
  search: SpellingSearch,
): Promise<ExplainedCustomer> {
  const { phone } = customer;
  if (phone === null) return { customer, users: [], login: null };
  const keys = [customer.document.key, ...(await search.keysOf([phone]))];
  const onPhone = await findCustomersOf(gateway, phone, keys);
  const now = onPhone.find(({ document }) => document.key === customer.document.key);
  // The number was changed a moment ago: a login with it is not as this customer.
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
  gateway: ExplainPersonPorts,
  user: User,
  customer: Customer | null,
  facts: LinkFacts | null,
): Promise<ExplainedUser> {
  return {
    user,
    rank: customer && facts && rankOf(user, customer, facts),
    ties: customer && facts ? tieSentences(user, customer, facts) : [],
    faults: userFaults(user),
    sessions: await sessionsOf(gateway, user),
  };
}

async function sessionsOf(gateway: ExplainPersonPorts, { id }: User): Promise<readonly Session[]> {
  if (id === null) return [];
  const { record } = await readUserRecord(gateway, await gateway.keyring.userKey(id));
  return prunedUserRecord(record, gateway.runtime.now()).sessions;
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const present = <T>(values: readonly (T | null)[]): T[] =>
  values.filter((value): value is T => value !== null);
