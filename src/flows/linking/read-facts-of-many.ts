import type { DocumentKey, Phone } from "../../core/ids.ts";
import {
  type Customer,
  MARK,
  readCustomer,
  type StoredDocument,
  type User,
} from "../../core/linking/documents.ts";
import { linkedUser } from "../../core/linking/link-evidence.ts";
import type { LinkFacts, SharedFacts } from "../../core/linking/ties.ts";
import { spellingsOf } from "../../core/phone.ts";
import type { CustomerQuery, UserQuery } from "../../ports/directory.ts";
import type { Gateway } from "../gateway.ts";
import {
  customerQuery,
  factsOfPhone,
  merged,
  readCustomers,
  readUsers,
  userQuery,
  withOthers,
} from "./read-link-facts.ts";

type FactsPorts = Pick<Gateway, "directory" | "rules" | "runtime">;

/** Customers with a spelling that no index can list, by phone. */
export type RareSpellings = ReadonlyMap<Phone, readonly DocumentKey[]>;

/** One customers_v2 document, and the facts for its link. */
export interface CustomerFacts {
  readonly document: StoredDocument;
  /** Null: the document has no usable `id`. */
  readonly customer: Customer | null;
  /** Null: no phone can be read, or the document changed while it was read. */
  readonly facts: LinkFacts | null;
}

/**
 * The facts of `readLinkFacts` for each document of a page, in three queries for all of them: R1,
 * R2 and R3 of LINKING.
 */
export async function readFactsOfMany(
  gateway: FactsPorts,
  page: readonly StoredDocument[],
  rare: RareSpellings,
): Promise<readonly CustomerFacts[]> {
  const { phone: rules } = gateway.rules;
  const read = page.map((document) => ({ document, customer: readCustomer(document, rules) }));
  const phones = [...new Set(read.flatMap(({ customer }) => customer?.phone ?? []))];
  const byPhone = await customersByPhone(gateway, phones, rare);
  const firsts = new Map(
    await Promise.all(
      phones.map(async (phone) => {
        const first = await factsOfPhone(gateway, phone, byPhone.get(phone) ?? []);
        return [phone, first] as const;
      }),
    ),
  );
  const asked = read.flatMap(({ customer }) => {
    const first = customer?.phone ? firsts.get(customer.phone) : undefined;
    // The very object of R1: decisions compare customers by identity.
    const own = first?.customers.find(({ document }) => document.key === customer?.document.key);
    return first === undefined || own === undefined ? [] : [{ ...first, customer: own }];
  });
  const facts = await readRest(gateway, asked);
  const byKey = new Map(facts.map((one) => [one.customer.document.key, one]));
  return read.map((one) => ({ ...one, facts: byKey.get(one.document.key) ?? null }));
}

/** R1 for all phones: by the spellings that an index lists, and by the keys of the rare ones. */
async function customersByPhone(
  gateway: FactsPorts,
  phones: readonly Phone[],
  rare: RareSpellings,
): Promise<ReadonlyMap<Phone, readonly Customer[]>> {
  const keys = phones.flatMap((phone) => rare.get(phone) ?? []);
  const customers = await readCustomers(gateway, { phones: phones.flatMap(spellingsOf), keys });
  return Map.groupBy(
    customers.filter(
      (customer): customer is Customer & { phone: Phone } => customer.phone !== null,
    ),
    ({ phone }) => phone,
  );
}

/** R2, and R3 for those without a link that stands. */
async function readRest(
  gateway: FactsPorts,
  asked: readonly LinkFacts[],
): Promise<readonly LinkFacts[]> {
  const userQueries = asked.map((facts) => userQuery(facts, [facts.customer]));
  const users = await readUsers(gateway, merged(userQueries));
  const usersOf = shareOut<User>(users, userQueries, USER_FIELDS);
  const withUsers = asked.map((facts, at) => ({ ...facts, users: usersOf[at] ?? [] }));
  const isOpen = (facts: LinkFacts) => linkedUser(facts) === null;
  const customerQueries = withUsers.map((facts) => (isOpen(facts) ? customerQuery(facts) : {}));
  const others = await readCustomers(gateway, merged(customerQueries));
  const othersOf = shareOut<Customer>(others, customerQueries, CUSTOMER_FIELDS);
  return Promise.all(
    withUsers.map(async (facts, at) => {
      if (!isOpen(facts)) return facts;
      const shared: SharedFacts = await withOthers(facts, othersOf[at] ?? []);
      return { ...shared, customer: facts.customer };
    }),
  );
}

type Query = Partial<UserQuery> | Partial<CustomerQuery>;
type Field = (document: StoredDocument) => unknown;

/** The document's value for each list of a query. */
const USER_FIELDS: Readonly<Record<string, Field>> = {
  ids: ({ fields }) => fields["id"],
  objectIds: ({ objectId }) => objectId,
  customerIds: ({ fields }) => fields["customer_v2_id"],
  marks: ({ fields }) => fields[MARK],
  emails: ({ fields }) => fields["email"],
  phones: ({ fields }) => fields["phone"],
};
const CUSTOMER_FIELDS: Readonly<Record<string, Field>> = {
  ids: ({ fields }) => fields["id"],
  userIds: ({ fields }) => fields["user_id"],
  phones: ({ fields }) => fields["phone"],
};

/** The found records that each of the merged queries would have found by itself, in their order. */
function shareOut<Read extends { readonly document: StoredDocument }>(
  found: readonly Read[],
  queries: readonly Query[],
  fields: Readonly<Record<string, Field>>,
): readonly (readonly Read[])[] {
  const askers = new Map<string, number[]>();
  for (const [at, query] of queries.entries()) {
    for (const [name, values] of Object.entries(query)) {
      for (const value of values as readonly unknown[]) {
        const key = keyOf(name, value);
        const list = askers.get(key);
        if (list === undefined) askers.set(key, [at]);
        else list.push(at);
      }
    }
  }
  const shares: Read[][] = queries.map(() => []);
  for (const one of found) {
    const names = Object.entries(fields);
    const at = names.flatMap(([name, field]) => askers.get(keyOf(name, field(one.document))) ?? []);
    for (const asker of new Set(at)) shares[asker]?.push(one);
  }
  return shares;
}

/** Equal for values that a store compares as equal: a number of any BSON type is one number. */
function keyOf(name: string, value: unknown): string {
  const isText = typeof value === "string" || value === null || value === undefined;
  return `${name}/${isText ? "text" : "number"}/${String(value)}`;
}
