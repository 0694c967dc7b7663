import type { LinkingCase } from "../support/linking/linking-cases.ts";
import { customer, HASH, user } from "./people.ts";

const PHONE = "9876511001";
const HEX = "65a1b2c3d4e5f607182940aa";

/** LINKING steps 5, 7, 8 and 10: a tie by id is completed, however it came about. */
export const TIES_BY_ID: readonly LinkingCase[] = [
  {
    name: "a 24-hex user_id on a pair that is linked on both sides is healed",
    why: "the fast path needs users.id; both sides agree all the same",
    customers_v2: [customer("x-hex", PHONE, { user_id: HEX })],
    users: [user("u-hex", { _id: { $oid: HEX }, customer_v2_id: "x-hex" })],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "u-hex",
      first_login: true,
      users_count: 1,
      customers_v2: [{ match: { id: "x-hex" }, has: { user_id: "u-hex" } }],
    },
  },
  {
    name: "a one-sided legacy e-mail that names the customer is a tie",
    why: "both link fields were wiped; nobody could log in with that e-mail or its password",
    customers_v2: [customer("x-mail", PHONE)],
    users: [
      user("u-mail", {
        email: "customer-x-mail@earlybird.local",
        password: HASH,
        password_hash: HASH,
      }),
    ],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "u-mail",
      first_login: true,
      users_count: 1,
      users: [
        {
          match: { id: "u-mail" },
          has: { customer_v2_id: "x-mail", email: `${PHONE}@customer.earlybird.com` },
          lacks: ["password", "password_hash"],
        },
      ],
      customers_v2: [{ match: { id: "x-mail" }, has: { user_id: "u-mail" } }],
    },
  },
  {
    name: "our own placeholder e-mail that names the customer is a tie, and stays",
    why: "its domain is no reserved one, so nothing of it is replaced",
    customers_v2: [customer("x-own", PHONE)],
    users: [user("u-own", { email: "customer-x-own@customer.earlybird.com", password_hash: HASH })],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "u-own",
      users_count: 1,
      users: [{ match: { id: "u-own", password_hash: HASH } }],
    },
  },
  {
    name: "an e-mail that names another customer who does not exist says nothing against a link",
    why: "only customers that exist are ranked",
    customers_v2: [customer("x-two", PHONE)],
    users: [user("u-two", { email: "customer-gone@earlybird.local", customer_v2_id: "x-two" })],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "u-two",
      users_count: 1,
      users: [{ match: { id: "u-two" }, has: { email: `${PHONE}@customer.earlybird.com` } }],
    },
  },
  {
    name: "the customer's pointer and the import's e-mail are enough, whatever the names",
    why: "rank C needs a witness that no client could write, and no common word",
    customers_v2: [customer("x-ptr", PHONE, { user_id: "u-ptr" })],
    users: [
      user("u-ptr", {
        name: "Somebody Else",
        phone: "call after 6",
        customer_v2_id: "",
        email: `0${PHONE}@customer.earlybird.com`,
      }),
    ],
    login_phone: PHONE,
    expect: { outcome: "token", sub: "u-ptr", first_login: true, users_count: 1 },
  },
  {
    name: "a customer's user_id that is our name for its user, without that user, is finished",
    why: "our own interrupted creation, although an unclaimed account shares the phone",
    customers_v2: [customer("x-15", PHONE, { user_id: "6adc1c79-1059-52c5-ba9c-fcbf328746cb" })],
    users: [user("u-free", { phone: PHONE })],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "6adc1c79-1059-52c5-ba9c-fcbf328746cb",
      first_login: true,
      users_count: 2,
      users: [
        { match: { id: "u-free" }, lacks: ["customer_v2_id"] },
        {
          match: { customer_v2_id: "x-15" },
          has: { _id: { $oid: "11b431891188262c18cbfd26" }, created_by: "doorstep" },
        },
      ],
    },
  },
  {
    name: "a migration that wiped the links of a user we made loses nothing",
    why: "U* is a tie of its own: the same user is found again",
    customers_v2: [customer("x-15", PHONE, { user_id: null })],
    users: [
      user("6adc1c79-1059-52c5-ba9c-fcbf328746cb", {
        _id: { $oid: "11b431891188262c18cbfd26" },
        email: `${PHONE}@customer.earlybird.com`,
        phone: PHONE,
        customer_v2_id: null,
        created_by: "doorstep",
      }),
    ],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "6adc1c79-1059-52c5-ba9c-fcbf328746cb",
      first_login: true,
      users_count: 1,
    },
  },
  {
    name: "a linked pair is not disturbed by a third record that names the customer",
    why: "the fast path asks only that nobody else is two-sided",
    customers_v2: [customer("x-fast", PHONE, { user_id: "u-fast" })],
    users: [
      user("u-fast", { customer_v2_id: "x-fast" }),
      user("u-third", { customer_v2_id: "x-fast" }),
    ],
    login_phone: PHONE,
    expect: { outcome: "token", sub: "u-fast", first_login: false, users_count: 2 },
  },
  {
    name: "a user whose is_active is missing is active, a paused customer may log in",
    why: "LINKING steps 1 and 9",
    customers_v2: [customer("x-paused", PHONE, { status: "paused", user_id: "u-paused" })],
    users: [user("u-paused", { is_active: undefined, customer_v2_id: "x-paused" })],
    login_phone: PHONE,
    expect: { outcome: "token", sub: "u-paused", first_login: false },
  },
];
