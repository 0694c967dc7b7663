import type { LinkingCase } from "../support/linking/linking-cases.ts";
import { customer, HASH, user } from "./people.ts";

const PHONE = "9876511003";
const SPELLED = "+91 98765-11003";
const OTHER = "9876511903";

/** LINKING step 8 and 11: when a phone alone is enough, and when it is not. */
export const USERS_BY_PHONE: readonly LinkingCase[] = [
  ...[` ${PHONE}`, "91 98765 11003", "91-9876511003", "(+91) 98765-11003", "+91.98765.11003"].map(
    (phone): LinkingCase => ({
      name: `a user's phone as somebody typed it: "${phone}"`,
      why: "the API copies what was typed; R2 looks up by the spellings alone",
      customers_v2: [customer("z-typed", PHONE)],
      users: [user("u-typed", { phone })],
      login_phone: PHONE,
      expect: { outcome: "token", sub: "u-typed", users_count: 1 },
    }),
  ),
  {
    name: "one word in common is enough, a reserved e-mail is replaced with its passwords",
    why: "step 10: with a valid e-mail the published default would open the account",
    customers_v2: [customer("z-word", PHONE)],
    users: [
      user("u-word", {
        name: "RAO, Asha K.",
        phone: SPELLED,
        email: "old@shop.invalid",
        password: HASH,
        password_hash: HASH,
      }),
    ],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "u-word",
      first_login: true,
      users_count: 1,
      users: [
        {
          match: { id: "u-word" },
          has: { email: `${PHONE}@customer.earlybird.com`, customer_v2_id: "z-word" },
          lacks: ["password", "password_hash"],
        },
      ],
    },
  },
  {
    name: "names that share no word make a new record",
    why: "the number may have changed hands",
    customers_v2: [customer("z-names", PHONE)],
    users: [user("u-names", { name: "Vikram Seth", phone: PHONE })],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "NEW",
      users_count: 2,
      users: [{ match: { id: "u-names" }, lacks: ["customer_v2_id"] }],
    },
  },
  {
    name: "a user who waits for a customer of its own is left alone",
    why: "younger than ten minutes",
    customers_v2: [customer("z-young", PHONE)],
    users: [
      user("u-young", {
        phone: PHONE,
        customer_v2_id: "not-there-yet",
        created_at: "2026-11-22T07:55:00",
      }),
    ],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "NEW",
      users_count: 2,
      users: [{ match: { id: "u-young" }, has: { customer_v2_id: "not-there-yet" } }],
    },
  },
  {
    name: "a user whose customer has long been gone is taken",
    why: "older than ten minutes: customer_v2_id dangles and counts as empty",
    customers_v2: [customer("z-old", PHONE)],
    users: [
      user("u-old", {
        phone: PHONE,
        customer_v2_id: "deleted",
        created_at: "2026-11-22T07:45:00",
      }),
    ],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "u-old",
      users_count: 1,
      users: [{ match: { id: "u-old" }, has: { customer_v2_id: "z-old" } }],
    },
  },
  {
    name: "a user at whom a customer of another phone points is that customer's",
    why: "a tie by id outranks the phone",
    customers_v2: [customer("z-mine", PHONE), customer("z-theirs", OTHER, { user_id: "u-theirs" })],
    users: [user("u-theirs", { phone: PHONE })],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "NEW",
      users_count: 2,
      users: [{ match: { id: "u-theirs" }, lacks: ["customer_v2_id"] }],
    },
  },
  {
    name: "a role in capitals that only the phone finds is not touched",
    why: "unusable, and matched by nothing but the phone",
    customers_v2: [customer("z-role", PHONE)],
    users: [user("u-role", { role: "Customer", phone: PHONE })],
    login_phone: PHONE,
    expect: { outcome: "token", sub: "NEW", users_count: 2 },
  },
  {
    name: "a numeric id that only the phone finds is not touched",
    why: "unusable, and matched by nothing but the phone",
    customers_v2: [customer("z-num", PHONE)],
    users: [user(777, { phone: 9876511003 })],
    login_phone: PHONE,
    expect: { outcome: "token", sub: "NEW", users_count: 2 },
  },
  {
    name: "text in user_id that names nobody gives way to the account with the phone",
    why: "PATCH can write anything into it",
    customers_v2: [customer("z-text", PHONE, { user_id: "ask Ramesh" })],
    users: [user("u-text", { phone: PHONE })],
    login_phone: PHONE,
    expect: {
      outcome: "token",
      sub: "u-text",
      users_count: 1,
      customers_v2: [{ match: { id: "z-text" }, has: { user_id: "u-text" } }],
    },
  },
  {
    name: "the placeholder e-mail of the phone and that of the customer are taken",
    why: "step 11: the third names the user that is made",
    customers_v2: [customer("z-mails", PHONE, { user_id: "gone" })],
    users: [
      user("u-e1", { role: "supplier", email: `${PHONE}@customer.earlybird.com` }),
      user("u-e2", { email: "customer-z-mails@customer.earlybird.com", role: "supplier" }),
    ],
    login_phone: PHONE,
    // That e-mail is a tie of rank B, and the one who holds it is no customer.
    expect: { outcome: "link-conflict", users_count: 2 },
  },
];
