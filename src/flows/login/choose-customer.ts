import type { FailureOf } from "../../core/failure.ts";
import type { CustomerId, Phone, PhoneKey } from "../../core/ids.ts";
import type { Customer } from "../../core/linking/documents.ts";
import { decideLink, refusalOf } from "../../core/linking/link-decision.ts";
import type { SharedFacts } from "../../core/linking/ties.ts";
import { fail, ok, type Result } from "../../core/result.ts";
import type { Gateway } from "../gateway.ts";
import { readSharedFacts } from "../linking/read-link-facts.ts";
import { auditRefusal, type LoginContext } from "./log-in.ts";

/** The one customer who logs in, or several from whom the owner of the phone must choose. */
export type CustomerChoice =
  | {
      readonly kind: "one";
      readonly customerId: CustomerId;
      /** The facts for the link, where they were read to find the one customer. */
      readonly facts: SharedFacts | null;
    }
  | { readonly kind: "several"; readonly customers: readonly Customer[] };

type Refusal = FailureOf<"customer-stopped" | "user-inactive" | "link-conflict">;

/** The customer whom this proof logs in: a choice that was stored stands, whatever changed since. */
export async function choiceFor(
  gateway: Pick<Gateway, "audit" | "directory" | "rules" | "runtime">,
  { challenge, phoneKey }: Pick<LoginContext, "challenge" | "phoneKey">,
  customers: readonly Customer[],
): Promise<Result<CustomerChoice, Refusal>> {
  const { chosen, phone } = challenge;
  return chosen === null
    ? chooseAmong(gateway, { phone, phoneKey }, customers)
    : ok({ kind: "one", customerId: chosen, facts: null });
}

/**
 * Finds the customers of a proven phone who can log in. A stopped customer, or one with an inactive
 * user, is no choice: on the old web app, which cannot ask, they would block the live one. Where
 * none can log in the owner gets the reason.
 *
 * Costs nothing where only one customer is live, otherwise one look-up, or two where a link must be
 * written first. The login uses the facts that were read here.
 *
 * @param customers all customers of the phone; at least one
 */
export async function chooseAmong(
  gateway: Pick<Gateway, "audit" | "directory" | "rules" | "runtime">,
  { phone, phoneKey }: { readonly phone: Phone; readonly phoneKey: PhoneKey },
  customers: readonly Customer[],
): Promise<Result<CustomerChoice, Refusal>> {
  const live = customers.filter(({ status }) => status !== null);
  // Any of several stopped ones will do: its login gives the reason.
  const single = onlyOne(live.length > 0 ? live : customers.slice(0, 1));
  if (single !== null) return ok({ kind: "one", customerId: single, facts: null });
  const facts = await readSharedFacts(gateway, phone, live, customers);
  const judged = customers.map((customer) => ({ customer, refusal: refusalFor(customer, facts) }));
  const able = judged.filter(({ refusal }) => refusal === null).map(({ customer }) => customer);
  for (const { customer, refusal } of judged) {
    // A customer who is left out is not told, so staff must be: they resolve conflicts.
    const isTold = refusal?.reason === "link-conflict" || able.length === 0;
    if (refusal !== null && isTold) auditRefusal(gateway, phoneKey, customer.id, refusal);
  }
  const chosen = onlyOne(able);
  if (chosen !== null) return ok({ kind: "one", customerId: chosen, facts });
  if (able.length > 0) return ok({ kind: "several", customers: able });
  return fail(worstOf(judged.flatMap(({ refusal }) => refusal ?? [])));
}

function refusalFor(customer: Customer, facts: SharedFacts): Refusal | null {
  if (customer.status === null) return { reason: "customer-stopped" };
  const decision = decideLink({ ...facts, customer });
  return decision.kind === "inactive" || decision.kind === "conflict" ? refusalOf(decision) : null;
}

/** The one customer in the list, or null where there are several or none. */
function onlyOne(customers: readonly Customer[]): CustomerId | null {
  const [first] = customers;
  return first !== undefined && customers.every(({ id }) => id === first.id) ? first.id : null;
}

/** Reasons that support can resolve come first: a conflict, then a disabled login. */
const BY_USE = ["link-conflict", "user-inactive", "customer-stopped"] as const;

function worstOf(refusals: readonly Refusal[]): Refusal {
  const found = BY_USE.map((reason) => refusals.find((refusal) => refusal.reason === reason));
  return found.find((refusal) => refusal !== undefined) ?? { reason: "customer-stopped" };
}
