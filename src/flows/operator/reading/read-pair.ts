import type { CustomerId } from "../../../core/ids.ts";
import {
  type Customer,
  readCustomer,
  readUser,
  type User,
} from "../../../core/linking/documents.ts";
import { madeIdsFor } from "../../../core/linking/made-user.ts";
import type { PairFacts } from "../../../core/linking/pair.ts";
import type { Gateway } from "../../gateway.ts";
import { canBeAnId } from "../../sessions/review-sessions.ts";

type ReadPairPorts = Pick<Gateway, "directory" | "rules">;

/** The records of a pair; null for each that is not found, or found more than once. */
export interface ReadPair {
  readonly facts: PairFacts | null;
  /** The user that the person named. */
  readonly user: User | null;
}

/**
 * Reads a customer, the users who are tied to that customer by a link field, and the user whom the
 * person names.
 */
export async function readPair(
  gateway: ReadPairPorts,
  customerId: string,
  userId: string | null,
): Promise<ReadPair> {
  const { directory, rules } = gateway;
  if (!canBeAnId(customerId) || (userId !== null && !canBeAnId(userId))) {
    return { facts: null, user: null };
  }
  const found = await customersOf(gateway, { ids: [customerId] });
  const [customer] = found;
  const named = userId === null ? [] : [userId];
  const pointer = customer?.pointer ?? null;
  const documents = await directory.findUsers({
    ids: [...named, ...(pointer === null ? [] : [pointer])],
    objectIds: pointer !== null && /^[0-9a-f]{24}$/.test(pointer) ? [pointer] : [],
    customerIds: [customerId],
    marks: [customerId],
  });
  const all = documents.map((document) => readUser(document, rules.phone));
  const [user = null, ...duplicates] = all.filter(({ id }) => id === userId && id !== null);
  if (customer === undefined || duplicates.length > 0) return { facts: null, user };
  const around = user === null ? [] : await customersAround(gateway, user);
  const facts: PairFacts = {
    customer,
    customers: [...found, ...around.filter(({ document }) => isNew(document.key, found))],
    users: all.filter((each) => each !== user || isTied(each, customer)),
    made: await madeIdsFor(customer.id),
  };
  return { facts, user };
}

const isNew = (key: string, found: readonly Customer[]): boolean =>
  found.every(({ document }) => document.key !== key);

/** A link field on either side joins the two. */
const isTied = (user: User, { id, pointer }: Customer): boolean =>
  user.customerId === id ||
  user.mark === id ||
  (pointer !== null && (pointer === user.id || pointer === user.document.objectId));

async function customersOf(
  { directory, rules }: ReadPairPorts,
  query: { readonly ids: readonly string[]; readonly userIds?: readonly string[] },
): Promise<readonly Customer[]> {
  return (await directory.findCustomers(query))
    .map((document) => readCustomer(document, rules.phone))
    .filter((customer) => customer !== null);
}

/** Customers that the user names, or that point at the user. */
const customersAround = (
  gateway: ReadPairPorts,
  { customerId, document, id, mark }: User,
): Promise<readonly Customer[]> =>
  customersOf(gateway, {
    ids: [customerId, mark as CustomerId | null].filter((named) => named !== null),
    userIds: [id, document.objectId].filter((pointer) => pointer !== null),
  });
