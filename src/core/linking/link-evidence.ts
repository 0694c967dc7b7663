import type { CustomerId, Phone } from "../ids.ts";
import { type Customer, isUsable, type User } from "./documents.ts";
import { customerNamedBy, type MadeIds, type PlaceholderRule } from "./made-user.ts";

/** Everything that a decision about one customer rests on (LINKING "Read"). */
export interface LinkFacts {
  /** C, the customer who was chosen. */
  readonly customer: Customer;
  /** P, the phone that was proven. */
  readonly phone: Phone;
  /** Every customer read, C included: those on P, and those that the users name or that name them. */
  readonly customers: readonly Customer[];
  readonly users: readonly User[];
  /** U* and O* of every customer read, and of those whom users made by us name. */
  readonly made: ReadonlyMap<CustomerId, MadeIds>;
  readonly placeholder: PlaceholderRule;
  readonly now: number;
}

/**
 * How strongly a user and a customer are tied (LINKING step 5). A: both name each other. B: the
 * user names the customer. C: the customer names the user. D: they share a phone.
 */
export type Rank = "A" | "B" | "C" | "D";
const RANKS: readonly Rank[] = ["A", "B", "C", "D"];

/** The legacy API writes a user first and its customer later. */
const YOUNG_MS = 10 * 60_000;
/** A naive local time read as UTC is some hours ahead; what is further ahead tells nothing. */
const MAX_CLOCK_AHEAD_MS = 24 * 3_600_000;

export function rankOf(user: User, customer: Customer, facts: LinkFacts): Rank | null {
  const points = pointsAt(customer, user);
  if (points && user.customerId === customer.id) return "A";
  if (namesCustomer(user, customer, facts)) return "B";
  if (points) return "C";
  return user.phone !== null && user.phone === customer.phone ? "D" : null;
}

/** The customer's `user_id` is the user's `id` or 24-hex `_id`. */
export function pointsAt({ pointer }: Customer, user: User): boolean {
  return pointer !== null && (pointer === user.id || pointer === user.document.objectId);
}

function namesCustomer(user: User, { id }: Customer, facts: LinkFacts): boolean {
  const made = facts.made.get(id);
  return (
    user.customerId === id ||
    (user.id as string | null) === id ||
    user.id === made?.userId ||
    user.document.objectId === made?.objectId ||
    customerNamedBy(user.email, facts.placeholder) === id
  );
}

/** A tie that stands on ids, not on a phone. */
export const isTiedById = (rank: Rank | null): boolean => rank !== null && rank !== "D";

/**
 * The customers to whom a user belongs: those at its highest rank. `somebody-else` stands for a
 * customer that was not read: the legacy API is about to write it, or the user was made for it.
 */
export function ownersOf(user: User, facts: LinkFacts): readonly (Customer | "somebody-else")[] {
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
const namesSomebodyElse = (user: User, facts: LinkFacts): boolean =>
  isAwaitingItsCustomer(user, facts) || isMadeForSomebodyElse(user, facts);

/** Whether the user names a customer that does not exist, or not yet. */
function isAwaitingItsCustomer(user: User, facts: LinkFacts): boolean {
  const named = user.customerId;
  if (named === null || facts.customers.some(({ id }) => id === named)) return false;
  const age = user.createdAt === null ? YOUNG_MS : facts.now - user.createdAt;
  return age < YOUNG_MS && age > -MAX_CLOCK_AHEAD_MS;
}

/**
 * We made the user, and not for anybody who was read. A migration wipes `customer_v2_id`, but the
 * id still is the U* of a customer whose phone may be another by now; it cannot be turned back.
 */
function isMadeForSomebodyElse({ createdByUs, document, id }: User, { made }: LinkFacts): boolean {
  const isMade = ({ objectId, userId }: MadeIds) => userId === id || objectId === document.objectId;
  return createdByUs && ![...made.values()].some(isMade);
}

/** Belongs to nobody: no tie by id to any customer, come or to come. */
export function isUnclaimed(user: User, facts: LinkFacts): boolean {
  return (
    ownersOf(user, facts).every((owner) => owner !== "somebody-else") &&
    facts.customers.every((customer) => !isTiedById(rankOf(user, customer, facts)))
  );
}

/** LINKING step 3: the link stands on both sides and nobody disputes it. */
export function linkedUser(facts: LinkFacts): User | null {
  const { customer } = facts;
  const claimants = facts.users.filter(
    (user) => user.customerId === customer.id && pointsAt(customer, user),
  );
  const [user, ...rivals] = claimants;
  const stands =
    user !== undefined &&
    rivals.length === 0 &&
    customer.pointer === user.id &&
    isUsable(user) &&
    user.active;
  return stands && !isTwin(facts) ? user : null;
}

/** Another document has the customer's `id`: which one is meant cannot be known. */
export function isTwin({ customer, customers }: LinkFacts): boolean {
  return (
    customer.document.idShared ||
    customers.some(
      ({ id, document }) => id === customer.id && document.key !== customer.document.key,
    )
  );
}

const TITLES: ReadonlySet<string> = new Set([
  "mr",
  "mrs",
  "ms",
  "dr",
  "shri",
  "sri",
  "smt",
  "kumari",
]);

/** Whether two names are one, or have a word in common; initials and titles are none. */
export function shareWord(a: string, b: string): boolean {
  const [whole, other] = [a, b].map((name) => name.normalize("NFKC").trim().toLowerCase());
  if (whole === other && /[\p{L}\p{N}]/u.test(whole ?? "")) return true;
  const words = new Set(wordsOf(a));
  return wordsOf(b).some((word) => words.has(word));
}

function wordsOf(name: string): string[] {
  const words =
    name
      .normalize("NFKC")
      .toLowerCase()
      .match(/[\p{L}\p{M}]+/gu) ?? [];
  return words.filter((word) => word.length > 1 && !TITLES.has(word));
}
