import { declareDecisions } from "../../../model/link-facts.ts";
import { customer, madeUser, OTHER_PHONE, user } from "../../../model/scenarios.ts";
import { hexId, madeFor } from "../../../support/linking/legacy-ids.ts";

const U_STAR = madeFor("c-1").userId;

declareDecisions("LINKING step 6: records that contradict each other", [
  [
    "staff by a pointer",
    [customer(1, { user_id: "u-1" })],
    [user(1, { role: "delivery_boy" })],
    "conflict: unusable-user",
  ],
  [
    "staff by a customer_v2_id",
    [customer(1)],
    [user(1, { role: "admin", customer_v2_id: "c-1" })],
    "conflict: unusable-user",
  ],
  [
    "staff by an equal id",
    [customer(1)],
    [user(1, { role: "supplier", id: "c-1" })],
    "conflict: unusable-user",
  ],
  [
    "staff by an e-mail that names the customer",
    [customer(1)],
    [user(1, { role: "admin", email: "customer-c-1@earlybird.local" })],
    "conflict: unusable-user",
  ],
  [
    "staff under U*",
    [customer(1, { user_id: U_STAR })],
    [madeUser("c-1", { role: "admin" })],
    "conflict: unusable-user",
  ],
  [
    "a role that is almost `customer`",
    [customer(1, { user_id: "u-1" })],
    [user(1, { role: "Customer" })],
    "conflict: unusable-user",
  ],
  [
    "a user without id, named by its _id",
    [customer(1, { user_id: hexId("users", 1) })],
    [user(1, { id: null })],
    "conflict: unusable-user",
  ],
  [
    "two users with one id",
    [customer(1, { user_id: "u-1" })],
    [user(1), user(2, { id: "u-1", phone: OTHER_PHONE })],
    "conflict: unusable-user",
  ],
  [
    "a pointer to one, a customer_v2_id of another",
    [customer(1, { user_id: "u-1" })],
    [user(1), user(2, { customer_v2_id: "c-1" })],
    "conflict: several-users",
  ],
  [
    "a customer_v2_id of one, an equal id of another",
    [customer(1)],
    [user(1, { customer_v2_id: "c-1" }), user(2, { id: "c-1" })],
    "conflict: several-users",
  ],
  [
    "two who name the customer",
    [customer(1)],
    [user(1, { customer_v2_id: "c-1" }), user(2, { customer_v2_id: "c-1" })],
    "conflict: several-users",
  ],
  [
    "a user who belongs to another",
    [customer(1, { user_id: "u-1" }), customer(2, { user_id: "u-1", phone: OTHER_PHONE })],
    [user(1, { customer_v2_id: "c-2" })],
    "conflict: belongs-to-another",
  ],
  [
    "a user who belongs to two equally",
    [customer(1, { user_id: "u-1" }), customer(2, { user_id: "u-1" })],
    [user(1)],
    "conflict: belongs-to-another",
  ],
  [
    "a user with another phone",
    [customer(1, { user_id: "u-1" })],
    [user(1, { phone: OTHER_PHONE })],
    "conflict: phone-differs",
  ],
  [
    "but not one whose phone does not parse, where the user names the customer",
    [customer(1)],
    [user(1, { phone: "ask his wife", customer_v2_id: "c-1" })],
    "reuse u-1",
  ],
  [
    "before anything is said about an inactive user",
    [customer(1, { user_id: "u-1" })],
    [user(1, { customer_v2_id: "c-1", phone: OTHER_PHONE, is_active: false })],
    "conflict: phone-differs",
  ],
]);
