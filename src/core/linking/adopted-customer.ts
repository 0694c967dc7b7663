import { toHex, utf8 } from "../bytes.ts";
import type { CustomerId, Phone, UserId } from "../ids.ts";
import type { PhoneRules } from "../phone/phone.ts";
import { type Customer, isUsable, type UsableUser, type User } from "./documents.ts";
import { uuidV5 } from "./made-user.ts";
import { storedSpelling } from "./stored-spelling.ts";
import { isParted } from "./ties.ts";

/** The namespace of adopted customers' ids. It must never change: an interrupted adoption goes on. */
const NAMESPACE = "2b6d9c34-8e17-4f5a-b0c3-d0035e9a11b8";

/** The ids of a customer made for a user: the same in every process and after every crash. */
export interface AdoptedIds {
  readonly customerId: CustomerId;
  readonly objectId: string;
}

export async function adoptedIdsFor(user: UserId): Promise<AdoptedIds> {
  const digest = await crypto.subtle.digest("SHA-256", utf8(`doorstep/customer/${user}`));
  return {
    customerId: (await uuidV5(NAMESPACE, user)) as CustomerId,
    objectId: toHex(new Uint8Array(digest, 0, 12)),
  };
}

/** What the operator knows about a user without a delivery record. */
export interface Adoption {
  readonly userId: string;
  readonly address: string;
  readonly area: string;
  /** For a user who has no phone; null: the user's own. */
  readonly phone: Phone | null;
}

export interface AdoptionFacts {
  readonly user: User;
  readonly ids: AdoptedIds;
  /** Customers that the user names or that point at the user. */
  readonly named: readonly Customer[];
  /** Customers with the phone. */
  readonly onPhone: readonly Customer[];
}

export type AdoptionRefusal =
  | "user-unusable"
  | "user-inactive"
  | "user-without-name"
  | "user-without-phone"
  | "user-has-a-phone"
  | "has-customer"
  | "phone-taken";

export type AdoptionDecision =
  | { readonly kind: "adopted" }
  | { readonly kind: "adopt"; readonly user: UsableUser; readonly phone: Phone }
  | {
      readonly kind: "refused";
      readonly because: AdoptionRefusal;
      /** The customer that stands in the way. */
      readonly other: CustomerId | null;
    };

/**
 * Whether the user can get a delivery record: the user is a customer's, active, and belongs to no
 * customer, and no other customer has the phone.
 *
 * @param shared the operator says that the phone is shared
 */
export function decideAdoption(
  { ids, named, onPhone, user }: AdoptionFacts,
  typed: Phone | null,
  shared: boolean,
): AdoptionDecision {
  if (!isUsable(user)) return refused("user-unusable");
  const own = named.find(({ id }) => id === ids.customerId);
  if (own !== undefined && own.pointer === user.id && user.customerId === own.id) {
    return { kind: "adopted" };
  }
  const isOther = ({ id }: Customer) => id !== ids.customerId;
  const tied = named.find((customer) => isOther(customer) && !isParted(user, customer));
  if (tied !== undefined) return refused("has-customer", tied.id);
  if (!user.active) return refused("user-inactive");
  if (user.name.trim() === "") return refused("user-without-name");
  if (typed !== null && user.phone !== null && user.phone !== typed) {
    return refused("user-has-a-phone");
  }
  const phone = user.phone ?? typed;
  if (phone === null) return refused("user-without-phone");
  const holder = onPhone.find(isOther);
  if (holder !== undefined && !shared) return refused("phone-taken", holder.id);
  return { kind: "adopt", user, phone };
}

const refused = (because: AdoptionRefusal, other: CustomerId | null = null): AdoptionDecision => ({
  kind: "refused",
  because,
  other,
});

export const ADOPTED_FIELDS = [
  ...(["id", "name", "phone", "address", "area"] as const),
  ...(["status", "user_id", "created_at", "updated_at"] as const),
] as const;

/** The complete customers_v2 document, as the backend writes one: its lists fail for a partial one. */
export function adoptedFields(
  { address, area }: Adoption,
  user: UsableUser,
  phone: Phone,
  ids: AdoptedIds,
  rules: PhoneRules,
  now: number,
): Readonly<Record<(typeof ADOPTED_FIELDS)[number], unknown>> {
  const time = new Date(now).toISOString().replace("Z", "000");
  return {
    id: ids.customerId,
    name: user.name,
    phone: storedSpelling(phone, rules),
    address,
    area,
    status: "active",
    user_id: user.id,
    created_at: time,
    updated_at: time,
  };
}
