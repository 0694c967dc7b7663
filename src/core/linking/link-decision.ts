import type { ConflictEvidence, FailureOf } from "../failure.ts";
import { type Customer, isUsable, type UsableUser, type User } from "./documents.ts";
import {
  isDuplicated,
  isFree,
  isTiedById,
  linkedUser,
  ownersOf,
  phoneDiffers,
} from "./link-evidence.ts";
import type { MadeIds } from "./made-user.ts";
import { namesAgree } from "./names.ts";
import { isForgeable, isParted, type LinkFacts, type Rank, rankOf } from "./ties.ts";

/** The decision about one customer (docs/linking.md). */
export type LinkDecision =
  | { readonly kind: "linked"; readonly user: UsableUser }
  | { readonly kind: "reuse"; readonly user: UsableUser; readonly rank: Rank }
  | { readonly kind: "create"; readonly ids: MadeIds }
  | { readonly kind: "inactive"; readonly user: UsableUser }
  | { readonly kind: "conflict"; readonly evidence: ConflictEvidence };

/** LINKING steps 3 to 9. Never guesses: a contradiction is a conflict. */
export function decideLink(facts: LinkFacts): LinkDecision {
  const { customer, users } = facts;
  if (isDuplicated(facts)) return conflict(customer, "duplicate-customer-id", []);
  const linked = linkedUser(facts);
  if (linked !== null && isUsable(linked)) return { kind: "linked", user: linked };

  const named = users.filter((user) => isTiedById(rankOf(user, customer, facts)));
  const objection = objectionTo(named, facts);
  if (objection !== null) return conflict(customer, objection, named);

  const ids = facts.made.get(customer.id);
  if (ids === undefined) throw new TypeError("the customer's U* and O* were not derived");
  const interrupted =
    customer.pointer === ids.userId &&
    !users.some((user) => user.id === ids.userId || user.document.objectId === ids.objectId);
  // Anyone can compute U*: a planted pointer must not cost a customer the user whom they have.
  if (interrupted && named.length > 0) return conflict(customer, "several-users", named);
  if (interrupted) return { kind: "create", ids };

  const found = named.find(isUsable) ?? userByPhone(facts);
  if (found === undefined) return { kind: "create", ids };
  if (!found.active) return { kind: "inactive", user: found };
  return { kind: "reuse", user: found, rank: rankOf(found, customer, facts) ?? "D" };
}

/** A decision against a login of the customer. */
export type RefusedLink = Extract<LinkDecision, { kind: "inactive" | "conflict" }>;

/** The failure that the owner of the phone sees. */
export function refusalOf(
  decision: RefusedLink,
): FailureOf<"user-inactive"> | FailureOf<"link-conflict"> {
  if (decision.kind === "inactive") return { reason: "user-inactive" };
  return { reason: "link-conflict", evidence: decision.evidence };
}

/** LINKING step 6: the objection to the users that are tied to the customer by id, or null. */
function objectionTo(named: readonly User[], facts: LinkFacts): ConflictEvidence["because"] | null {
  if (named.some((user) => !isUsable(user))) return "unusable-user";
  if (named.length > 1) return "several-users";
  const [user] = named;
  if (user === undefined) return null;
  if (!belongsTo(user, facts.customer, facts)) return "belongs-to-another";
  const needsWitness = user.phone === null && isForgeable(user, facts.customer, facts);
  if (needsWitness && user.emailPhone !== facts.phone) return "no-witness";
  return phoneDiffers(user, facts) ? "phone-differs" : null;
}

/** Whether the user is tied to this customer by id, and to no other customer as strongly. */
function belongsTo(user: User, customer: Customer, facts: LinkFacts): boolean {
  const owners = ownersOf(user, facts);
  return owners.length === 1 && owners[0] === customer && isTiedById(rankOf(user, customer, facts));
}

/**
 * LINKING step 8: the one user who shares the phone and belongs to no customer, where no other
 * customer could have that user. Numbers change hands, so the names must agree.
 */
function userByPhone(facts: LinkFacts): UsableUser | undefined {
  const { customer, customers, phone, users } = facts;
  const [user, ...others] = users
    .filter((candidate) => candidate.phone === phone && !isParted(candidate, customer))
    .filter(isUsable)
    .filter((candidate) => isFree(candidate, facts));
  if (user === undefined || others.length > 0) return undefined;
  // A staff record named by a backfill, or another customer's user, does not count as this
  // customer's user. Where two customers have one id, the owner of a user is unknown.
  const hasUser = (other: Customer) =>
    !other.document.idShared &&
    users.some((candidate) => isUsable(candidate) && belongsTo(candidate, other, facts));
  const rivals = customers.filter(
    (other) => other !== customer && other.phone === phone && !hasUser(other),
  );
  return rivals.length === 0 && namesAgree(user.name, customer.name) ? user : undefined;
}

function conflict(
  customer: Customer,
  because: ConflictEvidence["because"],
  users: readonly User[],
): LinkDecision {
  const userIds = users.map(({ id }) => id);
  return { kind: "conflict", evidence: { because, customerId: customer.id, userIds } };
}
