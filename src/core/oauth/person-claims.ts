import type { Phone, UserId } from "../ids.ts";
import type { Customer, UsableUser } from "../linking/documents.ts";

/** The claims about a person, of an ID token and of the userinfo endpoint. */
export interface PersonClaims {
  readonly sub: UserId;
  readonly name?: string;
  /** E.164. */
  readonly phone_number?: string;
  readonly phone_number_verified?: boolean;
}

/** A user with their customer; null for a user who logs in without one. */
interface Person {
  readonly customer: Customer | null;
  readonly user: UsableUser;
}

/** The phone that a login proves: the customer's, or that of a user who has no customer. */
export const phoneOfPerson = ({ customer, user }: Person): Phone | null =>
  customer === null ? user.phone : customer.phone;

/**
 * The claims of the granted scopes (OpenID Connect Core section 5.4).
 *
 * @param isProven whether the session proved the customer's phone: a test phone proves another one
 */
export function personClaims(
  scope: readonly string[],
  person: Person,
  isProven: boolean,
): PersonClaims {
  const { customer, user } = person;
  const phone = scope.includes("phone") ? phoneOfPerson(person) : null;
  return {
    sub: user.id,
    ...(scope.includes("profile") ? { name: shownName(user, customer) } : {}),
    ...(phone === null ? {} : { phone_number: phone, phone_number_verified: isProven }),
  };
}

/** customers_v2 is the source of truth for the name. */
export const shownName = (user: UsableUser, customer: Customer | null): string =>
  customer?.name || user.name;
