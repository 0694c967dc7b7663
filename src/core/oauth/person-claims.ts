import type { UserId } from "../ids.ts";
import type { Customer, UsableUser } from "../linking/documents.ts";

/** The claims about a person, of an ID token and of the userinfo endpoint. */
export interface PersonClaims {
  readonly sub: UserId;
  readonly name?: string;
  /** E.164. */
  readonly phone_number?: string;
  readonly phone_number_verified?: boolean;
}

/**
 * The claims of the granted scopes (OpenID Connect Core section 5.4).
 *
 * @param isProven whether the session proved the customer's phone: a test phone proves another one
 */
export function personClaims(
  scope: readonly string[],
  { customer, user }: { readonly customer: Customer | null; readonly user: UsableUser },
  isProven: boolean,
): PersonClaims {
  const phone = scope.includes("phone") ? (customer?.phone ?? null) : null;
  return {
    sub: user.id,
    ...(scope.includes("profile") ? { name: shownName(user, customer) } : {}),
    ...(phone === null ? {} : { phone_number: phone, phone_number_verified: isProven }),
  };
}

/** customers_v2 is the source of truth for the name. */
export const shownName = (user: UsableUser, customer: Customer | null): string =>
  customer?.name || user.name;
