import type { CustomerId, UserId } from "../ids.ts";
import { type Customer, isUsable, MARK, type UsableUser, type User } from "./documents.ts";
import type { MadeIds } from "./made-user.ts";
import { isParted, pointsAt } from "./ties.ts";

/** A customer and a user whom a person wants to join or part, and the documents around them. */
export interface PairFacts {
  readonly customer: Customer;
  /** Users that the customer points at, or that name the customer; the one in question among them. */
  readonly users: readonly User[];
  /** Customers that the user names, or that point at the user; the one in question among them. */
  readonly customers: readonly Customer[];
  /** U* and O* of the customer. */
  readonly made: MadeIds;
}

/** The reason why two records are not joined by hand, with the id that stands in the way. */
export interface JoinRefusal {
  readonly because:
    | "customer-id-shared"
    | "user-unusable"
    | "user-made-for-another"
    | "user-linked"
    | "customer-linked";
  readonly other: string | null;
}

export type JoinDecision =
  | { readonly kind: "joined" }
  | { readonly kind: "join"; readonly user: UsableUser }
  | { readonly kind: "refused"; readonly refusal: JoinRefusal };

/** The link stands on both sides, and no person has parted the two. */
export const areTwoSided = (customer: Customer, user: User): boolean =>
  user.customerId === customer.id && pointsAt(customer, user) && !isParted(user, customer);

/** We made the user for the customer: the user's ids say so. */
export const isMadeFor = ({ document, id }: User, made: MadeIds): boolean =>
  id === made.userId || document.objectId === made.objectId;

/**
 * Whether a person may join the two: No staff record, and one link for each record, hold for a
 * person as well. Contradicting
 * evidence is no objection, because the person has seen it.
 */
export function decideJoin(facts: PairFacts, user: User): JoinDecision {
  const { customer, customers, made, users } = facts;
  const isAnother = ({ document }: Customer) => document.key !== customer.document.key;
  if (customer.document.idShared) return refused("customer-id-shared", null);
  if (!isUsable(user)) return refused("user-unusable", null);
  if (user.createdByUs && !isMadeFor(user, made)) return refused("user-made-for-another", null);
  const owner = customers.find((other) => isAnother(other) && areTwoSided(other, user));
  if (owner !== undefined) return refused("user-linked", owner.id);
  const rival = users.find(
    (other) => other.document.key !== user.document.key && areTwoSided(customer, other),
  );
  if (rival !== undefined) return refused("customer-linked", rival.id);
  const stands = areTwoSided(customer, user) && customer.pointer === user.id;
  return stands && user.mark === customer.id ? { kind: "joined" } : { kind: "join", user };
}

function refused(because: JoinRefusal["because"], other: CustomerId | UserId | null): JoinDecision {
  return { kind: "refused", refusal: { because, other } };
}

export type PartDecision =
  | { readonly kind: "part"; readonly user: User }
  | {
      readonly kind: "refused";
      readonly because: "no-user" | "several-users" | "made-for-customer";
    };

/**
 * The user from whom a customer is parted: the one whom the person names, else the one that is
 * linked on both sides, else the only one with a link on either side. A user that we made for the
 * customer stays: the customer's next login would ask for that very user.
 */
export function decidePart(facts: PairFacts, named: string | null): PartDecision {
  const { customer, made, users } = facts;
  // A user who is parted already, by a command that died before it emptied the pointer, counts.
  const tied = users
    .filter((user) => !isParted(user, customer) || pointsAt(customer, user))
    .filter((user) => named === null || user.id === named);
  const linked = tied.filter((user) => areTwoSided(customer, user));
  const [user, ...others] = linked.length > 0 ? linked : tied;
  if (user === undefined) return { kind: "refused", because: "no-user" };
  if (others.length > 0) return { kind: "refused", because: "several-users" };
  if (isMadeFor(user, made)) return { kind: "refused", because: "made-for-customer" };
  return { kind: "part", user };
}

/** The mark of a user who is parted from a customer. */
export const partedMark = ({ id }: Customer): string => `!${id}`;

/** The fields of a link on the user's side. Every write of a person compares all of them. */
export const PAIR_USER_GUARDS = ["customer_v2_id", MARK, "role"] as const;
export const PAIR_CUSTOMER_GUARDS = ["user_id"] as const;
