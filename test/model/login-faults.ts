import { type LegacyState, madeFor } from "../support/linking/legacy-ids.ts";
import { nationalOf } from "./oracle.ts";
import type { Person } from "./world.ts";

/** A write that takes nobody for the customer: it says nothing about the link a token is for. */
export function isGiveBack(
  method: string,
  args: readonly unknown[],
  { customerId }: Person,
): boolean {
  return method === "changeUser" && setBy(args)["customer_v2_id"] !== customerId;
}

export const setBy = (args: readonly unknown[]) =>
  (args[2] as { readonly set: Readonly<Record<string, unknown>> }).set;

/** A login that is refused leaves no pointer of its own, but for a creation that will go on. */
export function leftBehind(
  { customerId }: Person,
  pointers: readonly unknown[],
  { customers_v2 }: LegacyState,
): string[] {
  const pointer = customers_v2.find(({ id }) => id === customerId)?.["user_id"];
  const left = pointers.includes(pointer) && pointer !== madeFor(customerId).userId;
  return left ? [`refused, and left ${customerId} pointing at ${pointer}`] : [];
}

/** The documents as they stood when a call of the login had returned. */
export interface Glimpse {
  readonly method: string;
  readonly state: LegacyState;
}

/**
 * LINKING step 12, where legacy writers may strike between any two commands: of the login's last
 * two commands (tries of another e-mail count as one) one must have seen the customer point at the
 * user, and one the user name the customer, both of them fit for a login.
 */
export function unfounded(person: Person, sub: string, seen: readonly Glimpse[]): string[] {
  const tries = seen.filter(({ method }, index) => {
    const next = seen[index + 1]?.method;
    return !(method === next && /^(insert|changeUser)/.test(method));
  });
  const last = tries.slice(-2).map(({ state }) => state);
  const customerSeen = last.some(({ customers_v2 }) =>
    customers_v2.some(
      ({ id, phone, status = "trial", user_id }) =>
        id === person.customerId &&
        user_id === sub &&
        nationalOf(phone) === person.phone &&
        ["trial", "active", "paused", null, ""].includes(status as string),
    ),
  );
  const userSeen = last.some(({ users }) =>
    users.some(
      ({ customer_v2_id, id, is_active, role }) =>
        id === sub &&
        customer_v2_id === person.customerId &&
        role === "customer" &&
        is_active !== false,
    ),
  );
  const faults = [];
  if (!customerSeen) faults.push(`token ${sub}: the customer was not seen to point at the user`);
  if (!userSeen) faults.push(`token ${sub}: the user was not seen to name the customer`);
  return faults;
}
