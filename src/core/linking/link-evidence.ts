import { type Customer, isUsable, type User } from "./documents.ts";
import type { MadeIds } from "./made-user.ts";
import {
  isAwaitingItsCustomer,
  isOurs,
  isParted,
  type LinkFacts,
  pointsAt,
  type Rank,
  rankOf,
  type SharedFacts,
} from "./ties.ts";

const RANKS: readonly Rank[] = ["A", "B", "C", "D"];

/** A tie that stands on ids, not on a phone. */
export const isTiedById = (rank: Rank | null): boolean => rank !== null && rank !== "D";

/**
 * The customers to whom a user belongs: those at its highest rank. `somebody-else` stands for a
 * customer that was not read: the legacy API is about to write it, or the user was made for it.
 */
export function ownersOf(user: User, facts: SharedFacts): readonly (Customer | "somebody-else")[] {
  const ranked = facts.customers.map((customer) => ({
    customer,
    rank: rankOf(user, customer, facts),
  }));
  const highest = RANKS.find((rank) => ranked.some((entry) => entry.rank === rank));
  const owners = ranked.filter(({ rank }) => rank === highest).map(({ customer }) => customer);
  if (highest === "A" || !namesSomebodyElse(user, facts)) return highest ? owners : [];
  return highest === "B" ? [...owners, "somebody-else"] : ["somebody-else"];
}

/** A tie of rank B to a customer that was not read. */
const namesSomebodyElse = (user: User, facts: SharedFacts): boolean =>
  isAwaitingItsCustomer(user, facts) || isMadeForSomebodyElse(user, facts);

/**
 * We made the user, and not for any customer that was read. A migration wipes `customer_v2_id`, but
 * the id still is the U* of a customer whose phone may be another by now; it cannot be turned back.
 */
function isMadeForSomebodyElse(
  { createdByUs, document, id }: User,
  { made }: SharedFacts,
): boolean {
  const isMade = ({ objectId, userId }: MadeIds) => userId === id || objectId === document.objectId;
  return createdByUs && ![...made.values()].some(isMade);
}

/** Belongs to nobody: no id ties it to any customer that exists or is about to be written. */
export function isFree(user: User, facts: SharedFacts): boolean {
  return (
    ownersOf(user, facts).every((owner) => owner !== "somebody-else") &&
    facts.customers.every((customer) => !isTiedById(rankOf(user, customer, facts)))
  );
}

/**
 * LINKING step 3: the link stands on both sides, nobody disputes it, and the user's phone does not
 * speak against it. Any token could once write the phone of a customer, so that a differing one
 * counts as a change only where the link is our own.
 */
export function linkedUser(facts: LinkFacts): User | null {
  const { customer } = facts;
  const twoSided = facts.users.filter(
    (user) =>
      user.customerId === customer.id && pointsAt(customer, user) && !isParted(user, customer),
  );
  const [user, ...rivals] = twoSided;
  const stands =
    user !== undefined &&
    rivals.length === 0 &&
    customer.pointer === user.id &&
    isUsable(user) &&
    user.active &&
    !phoneDiffers(user, facts);
  return stands && !isDuplicated(facts) ? user : null;
}

/** The user's phone is another than the proven one, and the link is not our own. */
export function phoneDiffers(user: User, facts: LinkFacts): boolean {
  const differs = user.phone !== null && user.phone !== facts.phone;
  return differs && !isOurs(user, facts.customer, facts);
}

/** Another document has the customer's `id`: which of them is meant cannot be known. */
export function isDuplicated({ customer, customers }: LinkFacts): boolean {
  return (
    customer.document.idShared ||
    customers.some(
      ({ id, document }) => id === customer.id && document.key !== customer.document.key,
    )
  );
}
