import type { RawDocument } from "../contract/directory/directory-instance.ts";
import { hexId, type LegacyState, madeFor } from "../support/linking/legacy-ids.ts";

/** Small states in which every step of LINKING has something to do. */

export const PHONE = "9876500001";
export const OTHER_PHONE = "9876500002";
const HASH = "$2b$12$C6UzMDM.H6dfI/f/IKcEeO7ZbQ0m0b6xYk7o4m3mJ5y4v7mQw1x2S";

export function customer(index: number, fields: object = {}): RawDocument {
  return {
    _id: { $oid: hexId("customers_v2", index) },
    id: `c-${index}`,
    name: "Asha Rao",
    phone: PHONE,
    address: "12 MG Road",
    area: "AREA_001",
    status: "active",
    ...fields,
  };
}

export function user(index: number, fields: object = {}): RawDocument {
  return {
    _id: { $oid: hexId("users", index) },
    id: `u-${index}`,
    email: `user-${index}@example.com`,
    name: "Asha Rao",
    phone: null,
    role: "customer",
    is_active: true,
    password_hash: HASH,
    created_at: "2024-03-01T10:00:00",
    ...fields,
  };
}

export const madeUser = (customerId: string, fields: object = {}): RawDocument =>
  user(9, {
    _id: { $oid: madeFor(customerId).objectId },
    id: madeFor(customerId).userId,
    email: `${PHONE}@customer.earlybird.com`,
    phone: PHONE,
    created_by: "doorstep",
    password_hash: undefined,
    ...fields,
  });

const state = (customers_v2: RawDocument[], users: RawDocument[] = []): LegacyState => ({
  customers_v2,
  users,
});

/** One customer, c-1, on PHONE. */
export const ONE_CUSTOMER: Readonly<Record<string, LegacyState>> = {
  "no user yet": state([customer(1)]),
  "a creation that was interrupted": state([customer(1, { user_id: madeFor("c-1").userId })]),
  "a made user that a migration unlinked": state([customer(1)], [madeUser("c-1")]),
  "a made user whose id was changed": state(
    [customer(1)],
    [madeUser("c-1", { id: "u-renamed", customer_v2_id: null, phone: null })],
  ),
  "a dangling pointer": state([customer(1, { user_id: "u-gone" })]),
  "an imported pair": state([customer(1)], [user(1, { id: "c-1", phone: PHONE })]),
  "an imported pair without a phone": state(
    [customer(1)],
    [user(1, { id: "c-1", email: `${PHONE}@customer.earlybird.com` })],
  ),
  "an id that was chosen to meet a user's": state([customer(1)], [user(1, { id: "c-1" })]),
  "a user who names the customer": state([customer(1)], [user(1, { customer_v2_id: "c-1" })]),
  "a user with the placeholder e-mail": state(
    [customer(1)],
    [user(1, { email: "customer-c-1@earlybird.local" })],
  ),
  "a pointer to the user": state([customer(1, { user_id: "u-1" })], [user(1, { phone: PHONE })]),
  "a pointer to a user without a phone": state([customer(1, { user_id: "u-1" })], [user(1)]),
  "a pointer to the user's _id": state(
    [customer(1, { user_id: hexId("users", 1) })],
    [user(1, { phone: PHONE })],
  ),
  "a link of ours that a migration wiped": state(
    [customer(1, { name: "Asha Iyer" })],
    [user(1, { phone: OTHER_PHONE, doorstep_customer_id: "c-1", customer_v2_id: null })],
  ),
  "a mark of a customer who is gone": state(
    [customer(1)],
    [user(1, { phone: PHONE, doorstep_customer_id: "c-gone" })],
  ),
  "two whom a person parted": state(
    [customer(1, { user_id: "u-1" })],
    [user(1, { phone: PHONE, doorstep_customer_id: "!c-1" })],
  ),
  "a link whose user has another phone": state(
    [customer(1, { user_id: "u-1" })],
    [user(1, { customer_v2_id: "c-1", phone: OTHER_PHONE })],
  ),
  "a link of ours whose customer has a new phone": state(
    [customer(1, { user_id: "u-1" })],
    [user(1, { customer_v2_id: "c-1", phone: OTHER_PHONE, doorstep_customer_id: "c-1" })],
  ),
  "a link by the user's _id": state(
    [customer(1, { user_id: hexId("users", 1) })],
    [user(1, { customer_v2_id: "c-1" })],
  ),
  "a user on the phone": state([customer(1)], [user(1, { phone: PHONE })]),
  "a user on the phone with a reserved e-mail": state(
    [customer(1)],
    [user(1, { phone: PHONE, email: "asha@earlybird.invalid", customer_v2_id: "c-gone" })],
  ),
  "two users on the phone": state(
    [customer(1)],
    [user(1, { phone: PHONE }), user(2, { phone: PHONE })],
  ),
  "a staff record on the phone": state([customer(1)], [user(1, { phone: PHONE, role: "admin" })]),
  "a pointer to a staff record": state(
    [customer(1, { user_id: "u-1" })],
    [user(1, { role: "delivery_boy" })],
  ),
  "an inactive user": state(
    [customer(1, { user_id: "u-1" })],
    [user(1, { is_active: false, customer_v2_id: "c-1" })],
  ),
  "a standing link": state([customer(1, { user_id: "u-1" })], [user(1, { customer_v2_id: "c-1" })]),
};

/** Two customers, c-1 and c-2, both on PHONE unless said otherwise, and strangers on others. */
export const TWO_CUSTOMERS: Readonly<Record<string, LegacyState>> = {
  "one phone, no users": state([customer(1), customer(2)]),
  "one phone, one user on it": state([customer(1), customer(2)], [user(1, { phone: PHONE })]),
  "one phone, one user on it, one linked": state(
    [customer(1), customer(2, { user_id: "u-2" })],
    [user(1, { phone: PHONE }), user(2, { customer_v2_id: "c-2" })],
  ),
  "one phone, one user on it, one half linked": state(
    [customer(1), customer(2, { user_id: "u-2" })],
    [user(1, { phone: PHONE }), user(2, { phone: PHONE })],
  ),
  "one phone, one user on it, one points at a stranger's user": state(
    [
      customer(1),
      customer(2, { user_id: "u-2" }),
      customer(3, { user_id: "u-2", phone: OTHER_PHONE }),
    ],
    [user(1, { phone: PHONE }), user(2, { customer_v2_id: "c-3" })],
  ),
  "both point at one user": state(
    [customer(1, { user_id: "u-1" }), customer(2, { user_id: "u-1" })],
    [user(1)],
  ),
  "both point at one user, who names one of them": state(
    [customer(1, { user_id: "u-1" }), customer(2, { user_id: hexId("users", 1) })],
    [user(1, { customer_v2_id: "c-2" })],
  ),
  "one points at a user who names the other": state(
    [customer(1, { user_id: "u-1" }), customer(2)],
    [user(1, { customer_v2_id: "c-2" })],
  ),
  "one points at a user whose e-mail names the other": state(
    [customer(1, { user_id: "u-1" }), customer(2, { phone: OTHER_PHONE })],
    [user(1, { email: "customer-c-2@earlybird.local" })],
  ),
  "a user whom both name by id": state(
    [customer(1), customer(2)],
    [user(1, { id: "c-1", customer_v2_id: "c-2" })],
  ),
  "a made user of one on the phone of the other": state(
    [customer(1), customer(2, { phone: OTHER_PHONE })],
    [madeUser("c-2", { customer_v2_id: null })],
  ),
};
