import type { Customer, UsableUser } from "./documents.ts";
import { decideLink } from "./link-decision.ts";
import type { LinkFacts } from "./ties.ts";

/**
 * The part of `doorstep link` for one customer. `mark`: the link stands, and lacks our mark. `by`:
 * the evidence, an id or only phone and name.
 */
export interface LinkPlan {
  readonly kind: "link" | "mark";
  readonly customer: Customer;
  readonly user: UsableUser;
  readonly by: "id" | "phone";
}

/**
 * The plan for a customer without a proven phone (LINKING "Around it"): the decision of a login,
 * where it reuses a user. It makes no user and moves no contradiction.
 */
export function planLink(facts: LinkFacts): LinkPlan | null {
  const { customer } = facts;
  if (customer.status === null) return null;
  const decision = decideLink(facts);
  switch (decision.kind) {
    case "linked": {
      const { user } = decision;
      return user.mark === customer.id ? null : { kind: "mark", customer, user, by: "id" };
    }
    case "reuse": {
      const by = decision.rank === "D" ? "phone" : "id";
      return { kind: "link", customer, user: decision.user, by };
    }
    case "create":
    case "inactive":
    case "conflict":
      return null;
  }
}
