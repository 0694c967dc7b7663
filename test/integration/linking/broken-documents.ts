import { customer, user } from "../../cases-extra/people.ts";
import type { Fields } from "../../support/linking/linking-cases.ts";

/** The phone of every customer of these documents that can be found by one. */
export const PHONE = "9876500001";
const OID = { $oid: "65a1b2c3d4e5f607182940cc" };
const c1 = (more: Fields = {}) => customer("c-1", PHONE, more);
/** Tied to c-1 by id, so that a login cannot pass it by. */
const u1 = (id: unknown, more: Fields = {}) => user(id, { customer_v2_id: "c-1", ...more });

export interface Broken {
  readonly customers_v2: readonly Fields[];
  readonly users?: readonly Fields[];
  /** What is asked for, and what is then on the screen. */
  readonly asked: Readonly<Record<string, readonly (string | RegExp)[]>>;
  /** The exit code of `doorstep who`: 1 where nothing is said. */
  readonly exit?: number;
  /** Whether a login may be made all the same. */
  readonly token?: boolean;
}

const IMPOSSIBLE = "impossible:";
const UNUSABLE = "refused (link-conflict): a user linked by id is staff, has no usable id";

/** Documents that the legacy backend or a person left broken (LEGACY 2 and 3). */
export const BROKEN: Readonly<Record<string, Broken>> = {
  "a customer without id": {
    customers_v2: [{ _id: OID, ...customer(undefined, PHONE) }],
    asked: { [PHONE]: [OID.$oid, "without a usable id: missing", `phone "${PHONE}"`] },
  },
  "a customer whose id is a number": {
    customers_v2: [{ ...c1(), id: 5 }],
    asked: { [PHONE]: ["without a usable id: 5"], "5": ["no such person"] },
  },
  "a customer and a user without name": {
    customers_v2: [c1({ name: null })],
    users: [u1("u-1", { name: { first: "Asha" } })],
    asked: { [PHONE]: ["c-1  (no name)", "u-1  (no name)"], "u-1": ["c-1"] },
    exit: 0,
    token: true,
  },
  "an array for a phone": {
    customers_v2: [c1({ phone: [PHONE] })],
    asked: { "c-1": [IMPOSSIBLE, `["${PHONE}"]`], [PHONE]: ["no such person"] },
  },
  "an object for a phone": {
    customers_v2: [c1({ phone: { country: "91", number: PHONE } })],
    asked: { "c-1": [IMPOSSIBLE, '"country":"91"'], [PHONE]: ["no such person"] },
  },
  "sixteen digits for a phone": {
    customers_v2: [c1({ phone: `${PHONE}987650` }), c1({ id: "c-2", phone: 9876500001987650 })],
    asked: { "c-1": [IMPOSSIBLE], "c-2": [IMPOSSIBLE, /phone.*\b9876500001987650\b/] },
  },
  "two customers with one id": {
    customers_v2: [c1(), customer("c-1", "9876500002")],
    asked: { "c-1": ["several customers_v2 documents have this id"], [PHONE]: ["several"] },
  },
  "two users with one id": {
    customers_v2: [c1({ user_id: "u-1" })],
    users: [user("u-1", { email: "a@example.com" }), user("u-1", { email: "b@example.com" })],
    asked: { "c-1": [UNUSABLE, "shares its id"], "u-1": ["shares its id"] },
  },
  "a user without id": {
    customers_v2: [c1()],
    users: [{ ...u1("x"), id: null }],
    asked: { [PHONE]: [UNUSABLE, "(no usable id: null)", "has no usable id"] },
  },
  "a number for a user's id": {
    customers_v2: [c1()],
    users: [u1(12345)],
    asked: { "c-1": [UNUSABLE, "(no usable id: 12345)"], "12345": ["no such person"] },
  },
  "a role in upper case": {
    customers_v2: [c1()],
    users: [u1("u-1", { role: "CUSTOMER" })],
    asked: { "u-1": [UNUSABLE, "CUSTOMER", "is not role customer"] },
  },
  "a role that no text can be made of": {
    customers_v2: [c1()],
    users: [u1("u-1", { role: { toString: 1 } })],
    asked: { "u-1": [UNUSABLE, 'role {"toString":1}'] },
  },
  "numbers and lists for everything": {
    customers_v2: [c1({ name: 1, status: 2, user_id: 3, area: [], address: {} })],
    users: [user("c-1", { phone: [PHONE], name: [], email: 4, customer_v2_id: 5, is_active: 6 })],
    asked: { "c-1": ["customer-stopped", "user_id 3", "tied", "customer_v2_id 5"] },
    exit: 0,
  },
};
