import type { LinkingCase } from "../support/linking/linking-cases.ts";
import { customer, user } from "./people.ts";

const PHONE = "9876511002";
const OTHER = "9876511902";
const HEX = "65a1b2c3d4e5f607182940bb";

const conflict = (given: Omit<LinkingCase, "login_phone" | "expect">): LinkingCase => ({
  ...given,
  login_phone: PHONE,
  expect: { outcome: "link-conflict", users_count: given.users.length },
});

/** LINKING steps 1, 6 and 9: what contradicts itself is refused, and nothing is written. */
export const REFUSED_LINKS: readonly LinkingCase[] = [
  conflict({
    name: "another document with the customer's id, planted with another phone",
    why: "step 1: any token could have planted it",
    customers_v2: [customer("y-twin", PHONE), customer("y-twin", OTHER, { name: "Planted" })],
    users: [],
  }),
  conflict({
    name: "a 24-hex user_id that points at staff with another phone",
    why: "the backfill went by the phone: this is somebody else's work",
    customers_v2: [customer("y-hex", PHONE, { user_id: HEX })],
    users: [user("u-boy", { _id: { $oid: HEX }, role: "delivery_boy", phone: "9811000099" })],
  }),
  conflict({
    name: "a staff record linked on both sides",
    why: "never a staff record, whatever the links say",
    customers_v2: [customer("y-staff", PHONE, { user_id: "u-staff" })],
    users: [user("u-staff", { role: "admin", customer_v2_id: "y-staff" })],
  }),
  conflict({
    name: "a staff record that has the customer's id",
    why: "an unusable user matches by more than a phone",
    customers_v2: [customer("y-same", PHONE)],
    users: [user("y-same", { role: "supplier" })],
  }),
  conflict({
    name: "a role that is not exactly customer",
    why: "the legacy backend compares exactly",
    customers_v2: [customer("y-role", PHONE, { user_id: "u-role" })],
    users: [user("u-role", { role: "Customer", customer_v2_id: "y-role" })],
  }),
  conflict({
    name: "a user whose id is a number names the customer",
    why: "such an id can be no sub",
    customers_v2: [customer("y-num", PHONE)],
    users: [user(12345, { customer_v2_id: "y-num" })],
  }),
  conflict({
    name: "a user without an id names the customer",
    why: "never an empty sub",
    customers_v2: [customer("y-noid", PHONE)],
    users: [user("", { customer_v2_id: "y-noid" })],
  }),
  conflict({
    name: "two users have the id that the customer points at",
    why: "which one is meant cannot be known",
    customers_v2: [customer("y-dup", PHONE, { user_id: "u-dup" })],
    users: [user("u-dup", { email: "one@example.com" }), user("u-dup", { name: "Other" })],
  }),
  conflict({
    name: "one user names the customer, the customer names another",
    why: "ranks A to C name two users",
    customers_v2: [customer("y-two", PHONE, { user_id: "u-named" })],
    users: [user("u-named"), user("u-naming", { customer_v2_id: "y-two" })],
  }),
  conflict({
    name: "the user that the customer points at has another phone",
    why: "the number was proven, the account is somebody else's",
    customers_v2: [customer("y-phone", PHONE, { user_id: "u-phone" })],
    users: [user("u-phone", { phone: OTHER })],
  }),
  conflict({
    name: "the imported pair has another phone on its user",
    why: "the same, by equal id",
    customers_v2: [customer("y-pair", PHONE)],
    users: [user("y-pair", { phone: OTHER })],
  }),
  conflict({
    name: "a user who names one customer by link and another by e-mail",
    why: "equally to two at rank B",
    customers_v2: [customer("y-a", PHONE), customer("y-b", OTHER)],
    users: [user("u-ab", { customer_v2_id: "y-a", email: "customer-y-b@earlybird.local" })],
  }),
  conflict({
    name: "two customers point at one user who names neither",
    why: "equally to two at rank C",
    customers_v2: [
      customer("y-c", PHONE, { user_id: "u-cd" }),
      customer("y-d", OTHER, { user_id: "u-cd" }),
    ],
    users: [user("u-cd")],
  }),
  conflict({
    name: "the customer points at a user whose own customer is about to be written",
    why: "younger than ten minutes: the legacy API writes the user first",
    customers_v2: [customer("y-young", PHONE, { user_id: "u-young" })],
    users: [
      user("u-young", { customer_v2_id: "not-there-yet", created_at: "2026-11-22T07:55:00" }),
    ],
  }),
  {
    name: "an inactive user that only the phone finds",
    why: "step 9: whoever disabled the account meant the person",
    customers_v2: [customer("y-off", PHONE)],
    users: [user("u-off", { phone: PHONE, is_active: false })],
    login_phone: PHONE,
    expect: { outcome: "user-inactive", users_count: 1 },
  },
  {
    name: "a status that nobody knows",
    why: "anything but trial, active and paused is stopped",
    customers_v2: [customer("y-status", PHONE, { status: "cancelled" })],
    users: [],
    login_phone: PHONE,
    expect: { outcome: "customer-stopped", users_count: 0 },
  },
  {
    name: "a customer without an id",
    why: "step 1: not found",
    customers_v2: [customer(undefined, PHONE), customer("", PHONE)],
    users: [],
    login_phone: PHONE,
    expect: { outcome: "no-sms", users_count: 0 },
  },
];
