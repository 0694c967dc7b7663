import { declareDecisions } from "../../../model/link-facts.ts";
import { customer, madeUser, OTHER_PHONE, PHONE, user } from "../../../model/scenarios.ts";
import { NOW } from "../../../model/world.ts";
import { hexId, madeFor } from "../../../support/linking/legacy-ids.ts";

const U_STAR = madeFor("c-1").userId;
const YOUNG = new Date(NOW - 60_000).toISOString();
const onPhone = (index: number, fields: object = {}) => user(index, { phone: PHONE, ...fields });

declareDecisions("LINKING step 3: the fast path", [
  [
    "takes a link that stands on both sides",
    [customer(1, { user_id: "u-1" })],
    [user(1, { customer_v2_id: "c-1" })],
    "linked u-1",
  ],
  [
    "allows a phone that drifted, where the link is our own",
    [customer(1, { user_id: "u-1" })],
    [user(1, { customer_v2_id: "c-1", doorstep_customer_id: "c-1", phone: OTHER_PHONE })],
    "linked u-1",
  ],
  [
    "does not allow it where anybody may have written the customer's phone",
    [customer(1, { user_id: "u-1" })],
    [user(1, { customer_v2_id: "c-1", phone: OTHER_PHONE })],
    "conflict: phone-differs",
  ],
  [
    "does not mind who else points at the user",
    [customer(1, { user_id: "u-1" }), customer(2, { user_id: "u-1" })],
    [user(1, { customer_v2_id: "c-1" })],
    "linked u-1",
  ],
  [
    "does not mind who else names the customer",
    [customer(1, { user_id: "u-1" })],
    [user(1, { customer_v2_id: "c-1" }), user(2, { customer_v2_id: "c-1" })],
    "linked u-1",
  ],
  [
    "ends at two customers with one id",
    [customer(1, { user_id: "u-1" }), customer(2, { id: "c-1" })],
    [user(1, { customer_v2_id: "c-1" })],
    "conflict: duplicate-customer-id",
  ],
]);

declareDecisions("LINKING step 5: whom a user belongs to", [
  [
    "a user who names the customer, though another one points at it",
    [customer(1), customer(2, { user_id: "u-1" })],
    [user(1, { customer_v2_id: "c-1" })],
    "reuse u-1",
  ],
  [
    "a user whom the customer points at, though it names another one",
    [customer(1, { user_id: "u-1" }), customer(2)],
    [user(1, { customer_v2_id: "c-2" })],
    "conflict: belongs-to-another",
  ],
  [
    "a pointer that holds the user's _id is healed",
    [customer(1, { user_id: hexId("users", 1) })],
    [user(1, { customer_v2_id: "c-1" })],
    "reuse u-1",
  ],
  [
    "a customer_v2_id that names no customer is empty",
    [customer(1, { user_id: "u-1" })],
    [onPhone(1, { customer_v2_id: "c-gone" })],
    "reuse u-1",
  ],
  [
    "in a young user it is somebody else's, for a pointer",
    [customer(1, { user_id: "u-1" })],
    [user(1, { customer_v2_id: "c-coming", created_at: YOUNG })],
    "conflict: belongs-to-another",
  ],
  [
    "in a young user it is somebody else's, for a phone",
    [customer(1)],
    [onPhone(1, { customer_v2_id: "c-coming", created_at: YOUNG })],
    "create",
  ],
  [
    "a made user whom a migration unlinked is found by its name",
    [customer(1)],
    [madeUser("c-1", { customer_v2_id: null })],
    `reuse ${U_STAR}`,
  ],
  [
    "a made user of somebody who was not read is not the pointer's",
    [customer(1, { user_id: madeFor("c-7").userId })],
    [madeUser("c-7", { customer_v2_id: null })],
    "conflict: belongs-to-another",
  ],
  [
    "a made user of somebody who was not read is not the phone's",
    [customer(1)],
    [madeUser("c-7", { customer_v2_id: null })],
    "create",
  ],
]);

const IMPORTED = { email: `91${PHONE}@customer.earlybird.com` };
declareDecisions("LINKING step 6: what any token could have written needs a witness", [
  [
    "a pointer at a user without a phone, though the names agree",
    [customer(1, { user_id: "u-1" })],
    [user(1)],
    "conflict: no-witness",
  ],
  [
    "an id that was chosen to meet a user's",
    [customer(1)],
    [user(1, { id: "c-1" })],
    "conflict: no-witness",
  ],
  [
    "both of them together",
    [customer(1, { user_id: "c-1" })],
    [user(1, { id: "c-1" })],
    "conflict: no-witness",
  ],
  [
    "a pointer at the _id of a user without a phone",
    [customer(1, { user_id: hexId("users", 1) })],
    [user(1)],
    "conflict: no-witness",
  ],
  [
    "the import's e-mail with the phone is one",
    [customer(1, { user_id: "u-1" })],
    [user(1, IMPORTED)],
    "reuse u-1",
  ],
  [
    "so is the one that the import made of a spreadsheet's number",
    [customer(1)],
    [user(1, { id: "c-1", email: `${PHONE}0@customer.earlybird.com` })],
    "reuse c-1",
  ],
  [
    "the import's e-mail with another phone is none",
    [customer(1, { user_id: "u-1" })],
    [user(1, { email: `${OTHER_PHONE}@customer.earlybird.com` })],
    "conflict: no-witness",
  ],
  [
    "nor is an e-mail like it elsewhere",
    [customer(1, { user_id: "u-1" })],
    [user(1, { email: `${PHONE}@customer.earlybird.com.example` })],
    "conflict: no-witness",
  ],
  [
    "what the user says needs none",
    [customer(1, { user_id: "u-1" })],
    [user(1, { email: "customer-c-1@earlybird.local" })],
    "reuse u-1",
  ],
]);

/** Of a user whose phone cannot be read; the import wrote the number into the e-mail as well. */
const OF_ANOTHER = { email: `${OTHER_PHONE}@customer.earlybird.com` };
declareDecisions(
  "LINKING step 6: an e-mail of the import's pattern contradicts a rewritten phone",
  [
    [
      "where both sides name each other, and the user has no phone",
      [customer(1, { user_id: "u-1" })],
      [user(1, { ...OF_ANOTHER, customer_v2_id: "c-1" })],
      "conflict: phone-differs",
    ],
    [
      "where the user names the customer, and has a phone that nobody can read",
      [customer(1)],
      [user(1, { ...OF_ANOTHER, phone: `${OTHER_PHONE}0`, customer_v2_id: "c-1" })],
      "conflict: phone-differs",
    ],
    [
      "not where the link is our own: then the customer's phone changed behind the gateway",
      [customer(1, { user_id: "u-1" })],
      [user(1, { ...OF_ANOTHER, customer_v2_id: "c-1", doorstep_customer_id: "c-1" })],
      "linked u-1",
    ],
    [
      "not where the user's own phone is the proven one",
      [customer(1, { user_id: "u-1" })],
      [onPhone(1, { ...OF_ANOTHER, customer_v2_id: "c-1" })],
      "linked u-1",
    ],
    [
      "not where it names the proven phone",
      [customer(1, { user_id: "u-1" })],
      [user(1, { ...IMPORTED, customer_v2_id: "c-1" })],
      "linked u-1",
    ],
  ],
);

declareDecisions("LINKING, the mark: our own trace", [
  [
    "finds the user after a wipe and a change of name",
    [customer(1, { name: "Asha Iyer" })],
    [onPhone(1, { name: "Meera R", doorstep_customer_id: "c-1" })],
    "reuse u-1",
  ],
  [
    "finds the user after a wipe and a change of phone",
    [customer(1)],
    [user(1, { phone: OTHER_PHONE, doorstep_customer_id: "c-1" })],
    "reuse u-1",
  ],
  [
    "says that the user is another's",
    [customer(1), customer(2, { phone: OTHER_PHONE })],
    [onPhone(1, { doorstep_customer_id: "c-2" })],
    "create",
  ],
  [
    "says nothing where it names no customer",
    [customer(1)],
    [onPhone(1, { doorstep_customer_id: "c-gone" })],
    "reuse u-1",
  ],
  [
    "says nothing where the backend linked the user to another since",
    [customer(1), customer(2, { phone: OTHER_PHONE })],
    [onPhone(1, { doorstep_customer_id: "c-1", customer_v2_id: "c-2" })],
    "create",
  ],
  [
    "counts where the customer that the user names is gone",
    [customer(1)],
    [user(1, { doorstep_customer_id: "c-1", customer_v2_id: "c-gone" })],
    "reuse u-1",
  ],
  [
    "says nothing while the customer that a young user names is on its way",
    [customer(1)],
    [onPhone(1, { doorstep_customer_id: "c-1", customer_v2_id: "c-coming", created_at: YOUNG })],
    "create",
  ],
  [
    "parts the two for good: no tie joins them",
    [customer(1, { user_id: "u-1" })],
    [onPhone(1, { doorstep_customer_id: "!c-1", customer_v2_id: "c-1" })],
    "create",
  ],
  [
    "a parting is about one customer and no other",
    [customer(1)],
    [onPhone(1, { doorstep_customer_id: "!c-2" })],
    "reuse u-1",
  ],
]);

declareDecisions("LINKING step 5: the backfill", [
  [
    "pointed at staff who have the phone: no tie",
    [customer(1, { user_id: hexId("users", 1) })],
    [onPhone(1, { role: "delivery_boy" })],
    "create",
  ],
  [
    "pointed at staff who have another phone: somebody wrote it",
    [customer(1, { user_id: hexId("users", 1) })],
    [user(1, { role: "delivery_boy", phone: OTHER_PHONE })],
    "conflict: unusable-user",
  ],
  [
    "gave both customers of a phone one user: worth the phone alone",
    [customer(1, { user_id: hexId("users", 1) }), customer(2, { user_id: hexId("users", 1) })],
    [onPhone(1)],
    "create",
  ],
  [
    "pointed at the one user of the phone: names decide",
    [customer(1, { user_id: hexId("users", 1) })],
    [onPhone(1)],
    "reuse u-1",
  ],
]);
