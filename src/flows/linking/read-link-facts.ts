import type { CustomerId, Phone } from "../../core/ids.ts";
import { type Customer, readCustomer, readUser, type User } from "../../core/linking/documents.ts";
import { type LinkFacts, linkedUser, rankOf } from "../../core/linking/link-evidence.ts";
import {
  customerNamedBy,
  type MadeIds,
  madeIdsFor,
  namingEmails,
  placeholderEmails,
} from "../../core/linking/made-user.ts";
import { spellingsOf } from "../../core/phone.ts";
import type { CustomerQuery, UserQuery } from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";
import { type Claim, withoutClaim } from "./takeover.ts";

/**
 * Reads what a decision about one customer rests on: LINKING R2, and R3 where the fast path does
 * not hold. `customers` is R1, the customers of the phone, `customer` among them.
 *
 * @param claim what this login took before: R3 asks for those whom the user named without it, too
 */
export async function readLinkFacts(
  gateway: Gateway,
  phone: Phone,
  customer: Customer,
  customers: readonly Customer[],
  claim: Claim | null = null,
): Promise<LinkFacts> {
  const { rules } = gateway;
  const first: LinkFacts = {
    customer,
    phone,
    customers,
    users: [],
    made: await madeIdsForAll(customers.map(({ id }) => id)),
    placeholder: rules.placeholder,
    now: gateway.runtime.now(),
  };
  const users = await findUsers(gateway, usersTiedTo(first));
  const facts = { ...first, users };
  if (linkedUser(facts) !== null) return facts;
  const unclaimed = claim === null ? facts : withoutClaim(gateway, facts, claim);
  const others = await findCustomers(gateway, customersTiedTo(unclaimed));
  const known = new Set(customers.map(({ document }) => document.key));
  const all = [...customers, ...others.filter(({ document }) => !known.has(document.key))];
  const namedByMade = users.filter(({ createdByUs }) => createdByUs).map((user) => user.customerId);
  const ids = [...all.map(({ id }) => id), ...namedByMade.filter((id) => id !== null)];
  return { ...facts, customers: all, made: await madeIdsForAll(ids) };
}

async function findUsers({ directory, rules }: Gateway, query: UserQuery): Promise<User[]> {
  return (await directory.findUsers(query)).map((document) => readUser(document, rules.phone));
}

async function findCustomers(
  { directory, rules }: Gateway,
  query: Partial<CustomerQuery>,
): Promise<Customer[]> {
  return (await directory.findCustomers(query))
    .map((document) => readCustomer(document, rules.phone))
    .filter((customer) => customer !== null);
}

async function madeIdsForAll(ids: readonly CustomerId[]): Promise<Map<CustomerId, MadeIds>> {
  const made = unique(ids).map(async (id) => [id, await madeIdsFor(id)] as const);
  return new Map(await Promise.all(made));
}

/**
 * R2. All customers of the phone are asked for, not the chosen one alone: whether another of them
 * has a user decides whether a user may be taken by phone (LINKING step 8).
 */
function usersTiedTo(facts: LinkFacts): UserQuery {
  const { customer, customers, made, phone, placeholder } = facts;
  const pointers = customers.map(({ pointer }) => pointer).filter((pointer) => pointer !== null);
  const ids = customers.map(({ id }) => id);
  const madeIds = [...made.values()];
  const own = made.get(customer.id);
  const placeholders = own ? placeholderEmails(customer.id, own.userId, phone, placeholder) : [];
  return {
    ids: unique([...pointers, ...ids, ...madeIds.map(({ userId }) => userId)]),
    objectIds: unique([
      ...pointers.filter((pointer) => /^[0-9a-f]{24}$/.test(pointer)),
      ...madeIds.map(({ objectId }) => objectId),
    ]),
    customerIds: unique(ids),
    emails: unique([...ids.flatMap((id) => namingEmails(id, placeholder)), ...placeholders]),
    phones: spellingsOf(phone),
  };
}

/** R3. A user who does no more than hold the placeholder e-mail brings nobody into the question. */
function customersTiedTo(facts: LinkFacts): Partial<CustomerQuery> {
  const tied = facts.users.filter((user) =>
    facts.customers.some((customer) => rankOf(user, customer, facts) !== null),
  );
  const named = tied.flatMap(({ id, customerId, email }) => [
    id,
    customerId,
    customerNamedBy(email, facts.placeholder),
  ]);
  const pointers = tied.flatMap(({ id, document }) => [id, document.objectId]);
  return { ids: texts(named), userIds: texts(pointers) };
}

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
const texts = (values: readonly (string | null)[]): string[] =>
  unique(values.filter((value) => value !== null));
