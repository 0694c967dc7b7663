import type { CustomerId, Phone } from "../../core/ids.ts";
import { type Customer, readCustomer, readUser, type User } from "../../core/linking/documents.ts";
import { linkedUser } from "../../core/linking/link-evidence.ts";
import { madeIdsForAll, placeholderEmails } from "../../core/linking/made-user.ts";
import {
  customersTiedTo,
  type LinkFacts,
  rankOf,
  type SharedFacts,
  type UserFields,
  usersTiedTo,
} from "../../core/linking/ties.ts";
import type { CustomerQuery, UserQuery } from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";
import { type Takeover, withoutTakeover } from "./takeover.ts";

/**
 * Reads the facts for a decision about one customer: LINKING R2, and R3 where the fast path does
 * not hold. `customers` is R1, the customers of the phone, `customer` among them.
 *
 * @param takeover of an earlier try: R3 queries the customers that the user named before it
 */
export async function readLinkFacts(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  phone: Phone,
  customer: Customer,
  customers: readonly Customer[],
  takeover: Takeover | null = null,
): Promise<LinkFacts> {
  return { ...(await readSharedFacts(gateway, phone, [customer], customers, takeover)), customer };
}

/**
 * The same for several customers of one phone, in as many commands as for one.
 *
 * @param candidates the customers to decide about, all of them in `customers`
 */
export async function readSharedFacts(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  phone: Phone,
  candidates: readonly Customer[],
  customers: readonly Customer[],
  takeover: Takeover | null = null,
): Promise<SharedFacts> {
  const { hashNow } = gateway.runtime;
  const { rules } = gateway;
  const ids = customers.map(({ id }) => id);
  const first: SharedFacts = {
    phone,
    customers,
    users: [],
    made: await madeIdsForAll(ids, hashNow),
    placeholder: rules.placeholder,
    now: gateway.runtime.now(),
  };
  const users = await readUsersBy(gateway, userQuery(first, candidates));
  const facts = { ...first, users };
  if (candidates.every((customer) => linkedUser({ ...facts, customer }) !== null)) return facts;
  const before = takeover === null ? facts : withoutTakeover(gateway, facts, takeover);
  const others = await readCustomersBy(gateway, customerQuery(before));
  const all = withOthers(customers, others);
  return { ...facts, customers: all, made: await madeIdsForAll(idsToDerive(all, users), hashNow) };
}

/** The customers of R1, and those of R3 that are not among them. */
export function withOthers(
  customers: readonly Customer[],
  others: readonly Customer[],
): readonly Customer[] {
  const known = new Set(customers.map(({ document }) => document.key));
  return [...customers, ...others.filter(({ document }) => !known.has(document.key))];
}

/** The customers with a U* and an O* that a decision compares. */
export function idsToDerive(
  customers: readonly Customer[],
  users: readonly User[],
): readonly CustomerId[] {
  const namedByMade = users
    .filter(({ createdByUs }) => createdByUs)
    .flatMap(({ customerId, mark }) => [customerId, mark as CustomerId | null]);
  return [...customers.map(({ id }) => id), ...namedByMade.filter((id) => id !== null)];
}

export async function readUsersBy(
  { directory, rules }: Pick<Gateway, "directory" | "rules">,
  query: Partial<UserQuery>,
): Promise<User[]> {
  return (await directory.findUsers(query)).map((document) => readUser(document, rules.phone));
}

export async function readCustomersBy(
  { directory, rules }: Pick<Gateway, "directory" | "rules">,
  query: Partial<CustomerQuery>,
): Promise<Customer[]> {
  return (await directory.findCustomers(query))
    .map((document) => readCustomer(document, rules.phone))
    .filter((customer) => customer !== null);
}

/** What a survey of all users documents tells: what it denies, no document has. */
export interface KnownUsers {
  mayHave(field: keyof UserQuery, value: string): boolean;
  mayHavePhone(phone: Phone): boolean;
}

/**
 * R2. The query covers all customers of the phone: whether another of them has a user decides
 * whether a user may be taken by phone (LINKING step 8). The holders of the placeholder e-mail are
 * read as well, and are no evidence.
 *
 * @param known leaves out what no document has; null: nothing is known
 */
export function userQuery(
  facts: SharedFacts,
  candidates: readonly Customer[],
  known: KnownUsers | null = null,
): Partial<UserQuery> {
  const { customers, made, phone, placeholder } = facts;
  const emails = candidates.flatMap(({ id }) => {
    const own = made.get(id);
    return own ? placeholderEmails(id, own.userId, phone, placeholder) : [];
  });
  const byPhone = known === null || known.mayHavePhone(phone);
  const parts = [...usersTiedTo(customers, facts, byPhone), { emails }];
  return known === null ? merged(parts) : narrowed(parts, known);
}

const TEXT_FIELDS = ["ids", "objectIds", "customerIds", "marks", "emails"] as const;

/** Most customers have no counterpart: nothing of their query is left. */
function narrowed(parts: readonly UserFields[], known: KnownUsers): Partial<UserQuery> {
  const left: UserFields[] = [];
  for (const part of parts) {
    if (part.phones !== undefined) left.push(part);
    for (const field of TEXT_FIELDS) {
      for (const value of part[field] ?? []) {
        if (value !== null && value !== undefined && known.mayHave(field, value))
          left.push({ [field]: [value] });
      }
    }
  }
  return left.length === 0 ? {} : merged(left);
}

/** R3. A user who only holds the placeholder e-mail adds no customer to the query. */
export function customerQuery(facts: SharedFacts): Partial<CustomerQuery> {
  const tied = facts.users.filter((user) =>
    facts.customers.some((customer) => rankOf(user, customer, facts) !== null),
  );
  return merged(customersTiedTo(tied, facts));
}

type Value = string | number;
type Lists = Readonly<Record<string, readonly (Value | null | undefined)[] | undefined>>;
type Merged<Part extends Lists> = {
  readonly [Field in keyof Part]: NonNullable<NonNullable<Part[Field]>[number]>[];
};

/** One query from several: each field's values together, without duplicates and empty ones. */
export function merged<Part extends Lists>(parts: readonly Part[]): Merged<Part> {
  const lists = new Map<string, Set<Value>>();
  for (const [field, values = []] of parts.flatMap((part) => Object.entries(part))) {
    const list = lists.get(field) ?? new Set();
    lists.set(field, list);
    for (const value of values) if (value !== null && value !== undefined) list.add(value);
  }
  return Object.fromEntries([...lists].map(([field, list]) => [field, [...list]])) as Merged<Part>;
}
