import { type Customer, isUsable, type User } from "./documents.ts";
import { decideLink, type LinkDecision } from "./link-decision.ts";
import { isFree, isTiedById } from "./link-evidence.ts";
import { isParted, type LinkFacts, rankOf } from "./ties.ts";

/** Whether a customer can sign in by phone today, and how or why not: each customer has one. */
export const STANDINGS = [
  "linked",
  "links-at-login",
  "by-phone-only",
  "new-account",
  "contradicts",
  "switched-off",
  "stopped",
  "unreadable",
  "without-id",
] as const;

export type Standing = (typeof STANDINGS)[number];

const CAN_SIGN_IN: ReadonlySet<Standing> = new Set<Standing>([
  "linked",
  "links-at-login",
  "by-phone-only",
  "new-account",
]);

export const canSignIn = (standing: Standing): boolean => CAN_SIGN_IN.has(standing);

/**
 * The standing of a customer; every decision is that of a login.
 *
 * @param facts null where the customer has no readable phone
 */
export function standingOf(customer: Customer, facts: LinkFacts | null): Standing {
  if (customer.status === null) return "stopped";
  return facts === null ? "unreadable" : standingByDecision(decideLink(facts));
}

function standingByDecision(decision: LinkDecision): Standing {
  switch (decision.kind) {
    case "linked":
      return "linked";
    case "reuse":
      return decision.rank === "D" ? "by-phone-only" : "links-at-login";
    case "create":
      return "new-account";
    case "inactive":
      return "switched-off";
    case "conflict":
      return "contradicts";
  }
}

/** Something about a customer and their user that an operator should know, besides the standing. */
export const FINDINGS = [
  "unsure-by-phone",
  "stopped-with-active-user",
  "wiped-link",
  "name-drift",
  "phone-drift",
  "staff-number",
  "shared-id",
] as const;

export type Finding = (typeof FINDINGS)[number];

const TESTS: Readonly<
  Record<Finding, (facts: LinkFacts, decision: LinkDecision, standing: Standing) => boolean>
> = {
  "unsure-by-phone": (facts, { kind }) => kind === "create" && usersByPhone(facts).length > 0,
  "stopped-with-active-user": (_, decision, standing) =>
    standing === "stopped" && (userOf(decision)?.active ?? false) && decision.kind !== "inactive",
  "wiped-link": ({ customer }, decision) =>
    decision.kind === "reuse" &&
    decision.user.mark === customer.id &&
    decision.user.customerId === null &&
    customer.pointer === null,
  "name-drift": ({ customer }, decision) =>
    decision.kind === "linked" && decision.user.name !== customer.name,
  "phone-drift": ({ customer }, decision) =>
    decision.kind === "linked" && decision.user.phone !== customer.phone,
  "staff-number": ({ phone, users }) =>
    users.some((user) => !user.isCustomer && user.phone === phone),
  "shared-id": ({ customer }) => customer.document.idShared,
};

export function findingsOf(facts: LinkFacts): readonly Finding[] {
  const decision = decideLink(facts);
  const standing = standingOf(facts.customer, facts);
  return FINDINGS.filter((finding) => TESTS[finding](facts, decision, standing));
}

function userOf(decision: LinkDecision): User | null {
  return "user" in decision ? decision.user : null;
}

/**
 * Users who have the phone and belong to no customer, where a login takes none of them: the names
 * differ, so that the number may have changed hands, or there are several users or customers.
 */
const usersByPhone = (facts: LinkFacts): readonly User[] =>
  facts.users.filter(
    (user) =>
      user.phone === facts.phone &&
      isUsable(user) &&
      isFree(user, facts) &&
      !isParted(user, facts.customer),
  );

/** The users among whom a person decides: those tied by id, else those with the phone. */
export function candidatesOf(facts: LinkFacts): readonly User[] {
  const decided = userOf(decideLink(facts));
  if (decided !== null) return [decided];
  const tied = facts.users.filter((user) => isTiedById(rankOf(user, facts.customer, facts)));
  return tied.length > 0 ? tied : usersByPhone(facts);
}
