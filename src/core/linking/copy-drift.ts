import type { PhoneRules } from "../phone/phone.ts";
import { type Customer, isUsable, type User } from "./documents.ts";
import type { MadeIds } from "./made-user.ts";
import { areTwoSided, isMadeFor } from "./pair.ts";
import { storedSpelling } from "./stored-spelling.ts";

/**
 * `same`: nothing to do; `drift`: the fields of the user that differ from the customer's; `phones`:
 * the phones contradict each other and the link is not ours, so a person must decide.
 */
export type CopyDrift =
  | { readonly kind: "same" }
  | { readonly kind: "drift"; readonly set: Readonly<Record<string, string>> }
  | { readonly kind: "phones" };

/**
 * How the copy of name and phone in a linked user differs from customers_v2, the source of truth.
 * Before the cut-over any token could write a customer's phone. Copied into the user, a planted
 * phone would silence the very conflict that keeps its owner out, so a phone is copied only where
 * the link is our own, or where the user has no phone that says otherwise.
 */
export function copyDrift(
  customer: Customer,
  user: User,
  made: MadeIds,
  rules: PhoneRules,
): CopyDrift {
  const isLinked = areTwoSided(customer, user) && isUsable(user) && !customer.document.idShared;
  if (!isLinked) return { kind: "same" };
  const said = user.phone ?? user.emailPhone;
  const isOurs = user.mark === customer.id || isMadeFor(user, made);
  if (customer.phone !== null && said !== null && said !== customer.phone && !isOurs) {
    return { kind: "phones" };
  }
  const name = customer.name !== "" && customer.name !== user.name ? { name: customer.name } : {};
  const phone =
    customer.phone !== null && user.phone !== customer.phone
      ? { phone: storedSpelling(customer.phone, rules) }
      : {};
  const set: Record<string, string> = Object.assign({}, name, phone);
  return Object.keys(set).length === 0 ? { kind: "same" } : { kind: "drift", set };
}
