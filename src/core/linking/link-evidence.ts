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

/** A tie by ids, and not only by the phone. */
export const isTiedById = (rank: Rank | null): boolean => rank !== null && rank !== "D";

/**
 * The customers at the user's highest rank, which own the user. `somebody-else` stands for a
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
 * We made the user for a customer that was not read. A migration wipes `customer_v2_id`, but the id
 * is still the U* of a customer with a phone that may have changed; U* cannot be inverted.
 */
function isMadeForSomebodyElse(
  { createdByUs, document, id }: User,
  { made }: SharedFacts,
): boolean {
  const isMade = ({ objectId, userId }: MadeIds) => userId === id || objectId === document.objectId;
  return createdByUs && ![...made.values()].some(isMade);
}

/** No id links the user to a customer, existing or about to be created. */
export function isFree(user: User, facts: SharedFacts): boolean {
  return (
    ownersOf(user, facts).every((owner) => owner !== "somebody-else") &&
    facts.customers.every((customer) => !isTiedById(rankOf(user, customer, facts)))
  );
}

/**
 * LINKING step 3: the link stands on both sides, no other user disputes it, and the user's phone
 * does not contradict it. Any token could once write a customer's phone, so a different phone
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

/**
 * The user's phone differs from the proven one, and the link is not our own. For a user without a
 * readable phone the number in an e-mail of the import's pattern is compared: no client could write
 * that e-mail, but any token could once write the phone of a customer.
 */
export function phoneDiffers(user: User, facts: LinkFacts): boolean {
  const said = user.phone ?? user.emailPhone;
  return said !== null && said !== facts.phone && !isOurs(user, facts.customer, facts);
}

/** Another document has the customer's `id`: the gateway cannot know which of them the id means. */
export function isDuplicated({ customer, customers }: LinkFacts): boolean {
  return (
    customer.document.idShared ||
    customers.some(
      ({ id, document }) => id === customer.id && document.key !== customer.document.key,
    )
  );
}
