import type { LinkingCase } from "../support/linking/linking-cases.ts";
import { customer, user } from "./people.ts";

const PHONE = "9876511004";

/** LINKING steps 1 and 8 where several customers share the proven phone. */
export const HOUSEHOLDS: readonly LinkingCase[] = [
  {
    name: "the other customer has a user, so the free account is this one's",
    why: "C is the only customer on P without a user",
    customers_v2: [
      customer("h-a", PHONE, { user_id: "u-a" }),
      customer("h-b", "+91 98765 11004", { name: "Asha Traders" }),
    ],
    users: [user("u-a", { phone: PHONE, customer_v2_id: "h-a" }), user("u-b", { phone: PHONE })],
    login_phone: PHONE,
    pick: "h-b",
    expect: {
      outcome: "token",
      sub: "u-b",
      customer_v2_id: "h-b",
      users_count: 2,
      customers_v2: [
        { match: { id: "h-a" }, has: { user_id: "u-a" } },
        { match: { id: "h-b" }, has: { user_id: "u-b" } },
      ],
    },
  },
  {
    name: "two customers without a user leave the free account to nobody",
    why: "it could be either's",
    customers_v2: [customer("h-c", PHONE), customer("h-d", PHONE)],
    users: [user("u-free", { phone: PHONE })],
    login_phone: PHONE,
    pick: "h-d",
    expect: {
      outcome: "token",
      sub: "NEW",
      customer_v2_id: "h-d",
      users_count: 2,
      users: [{ match: { id: "u-free" }, lacks: ["customer_v2_id"] }],
      customers_v2: [{ match: { id: "h-c" }, lacks: ["user_id"] }],
    },
  },
  {
    name: "the other customer's user is not shared",
    why: "it belongs to the other at rank A",
    customers_v2: [customer("h-e", PHONE, { user_id: "u-e" }), customer("h-f", PHONE)],
    users: [user("u-e", { phone: PHONE, customer_v2_id: "h-e" })],
    login_phone: PHONE,
    pick: "h-f",
    expect: {
      outcome: "token",
      sub: "NEW",
      customer_v2_id: "h-f",
      users_count: 2,
      users: [{ match: { id: "u-e" }, has: { customer_v2_id: "h-e" } }],
    },
  },
  {
    name: "a backfill gave one user to both customers of the phone",
    why: "worth the phone alone, and both could mean it",
    customers_v2: [
      customer("h-g", PHONE, { user_id: "65a1b2c3d4e5f607182940cc" }),
      customer("h-h", PHONE, { user_id: "65a1b2c3d4e5f607182940cc" }),
    ],
    users: [user("u-g", { _id: { $oid: "65a1b2c3d4e5f607182940cc" }, phone: PHONE })],
    login_phone: PHONE,
    pick: "h-h",
    expect: { outcome: "token", sub: "NEW", customer_v2_id: "h-h", users_count: 2 },
  },
  {
    name: "a stopped one beside two live ones is refused although it is named",
    why: "step 1, after the choice, which does not list it",
    customers_v2: [
      customer("h-i", PHONE),
      customer("h-m", PHONE),
      customer("h-j", PHONE, { status: "stopped" }),
    ],
    users: [],
    login_phone: PHONE,
    pick: "h-j",
    expect: { outcome: "customer-stopped", users_count: 0 },
  },
  {
    name: "the live one of two logs in unasked, and the free account is not given to either",
    why: "step 8 counts the stopped one as well: C is not the only customer on P without a user",
    customers_v2: [customer("h-n", PHONE), customer("h-o", PHONE, { status: "stopped" })],
    users: [user("u-n", { phone: PHONE })],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "NEW",
      customer_v2_id: "h-n",
      users_count: 2,
      users: [{ match: { id: "u-n" }, lacks: ["customer_v2_id"] }],
    },
  },
  {
    name: "one of two is spelled as no index lists it, and the free account is neither's",
    why: "the fall-back runs for a known phone too: R1 holds both",
    customers_v2: [customer("h-k", PHONE), customer("h-l", "(98765)--11004")],
    users: [user("u-k", { phone: PHONE })],
    login_phone: PHONE,
    pick: "h-l",
    expect: {
      outcome: "token",
      sub: "NEW",
      customer_v2_id: "h-l",
      users_count: 2,
      users: [{ match: { id: "u-k" }, lacks: ["customer_v2_id"] }],
      customers_v2: [{ match: { id: "h-k" }, lacks: ["user_id"] }],
    },
  },
];
