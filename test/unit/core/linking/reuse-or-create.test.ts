import { describe, expect, it } from "vitest";
import { decided, declareDecisions } from "../../../model/link-facts.ts";
import { customer, madeUser, OTHER_PHONE, PHONE, user } from "../../../model/scenarios.ts";
import { hexId, madeFor } from "../../../support/linking/legacy-ids.ts";

const U_STAR = madeFor("c-1").userId;
const onPhone = (index: number, fields: object = {}) => user(index, { phone: PHONE, ...fields });

declareDecisions("LINKING step 7: a creation that was interrupted", [
  ["goes on", [customer(1, { user_id: U_STAR })], [], "create"],
  [
    "goes on though a user matches by phone",
    [customer(1, { user_id: U_STAR })],
    [onPhone(1)],
    "create",
  ],
  [
    "does not go on where another user names the customer: the pointer may be planted",
    [customer(1, { user_id: U_STAR })],
    [onPhone(1, { customer_v2_id: "c-1" })],
    "conflict: several-users",
  ],
  [
    "does not go on where the import gave the customer a user",
    [customer(1, { user_id: U_STAR })],
    [onPhone(1, { id: "c-1" })],
    "conflict: several-users",
  ],
  [
    "is no more where the user is there",
    [customer(1, { user_id: U_STAR })],
    [madeUser("c-1", { customer_v2_id: null })],
    `reuse ${U_STAR}`,
  ],
  [
    "is no more where its document has another id by now",
    [customer(1, { user_id: U_STAR })],
    [madeUser("c-1", { id: "u-renamed" })],
    "reuse u-renamed",
  ],
  [
    "stops at what contradicts itself",
    [customer(1, { user_id: U_STAR })],
    [user(1, { customer_v2_id: "c-1", role: "admin" })],
    "conflict: unusable-user",
  ],
]);

declareDecisions("LINKING step 8: reuse before creation", [
  ["the one user named by id", [customer(1)], [onPhone(1, { id: "c-1" })], "reuse c-1"],
  [
    "the one named by id, not the one on the phone",
    [customer(1, { user_id: "u-1" })],
    [onPhone(1), onPhone(2)],
    "reuse u-1",
  ],
  ["the one user on the phone", [customer(1)], [onPhone(1)], "reuse u-1"],
  [
    "names without a shared word: the number may have changed hands",
    [customer(1)],
    [onPhone(1, { name: "Meena Iyer" })],
    "create",
  ],
  [
    "a title and an initial are no words",
    [customer(1, { name: "Mr. A. Rao" })],
    [onPhone(1, { name: "Mr. A. Iyer" })],
    "create",
  ],
  ["several by phone: never guess", [customer(1)], [onPhone(1), onPhone(2)], "create"],
  [
    "of two by phone the one who belongs to nobody",
    [customer(1), customer(2, { phone: OTHER_PHONE })],
    [onPhone(1), onPhone(2, { customer_v2_id: "c-2" })],
    "reuse u-1",
  ],
  ["none", [customer(1)], [], "create"],
  ["a dangling pointer is nobody", [customer(1, { user_id: "u-gone" })], [], "create"],
  ["staff by phone is ignored", [customer(1)], [onPhone(1, { role: "admin" })], "create"],
  [
    "staff by phone does not stand in the way",
    [customer(1)],
    [onPhone(1), onPhone(2, { role: "admin" })],
    "reuse u-1",
  ],
  ["a user without id is ignored by phone", [customer(1)], [onPhone(1, { id: "" })], "create"],
  [
    "users who share their id are ignored by phone",
    [customer(1)],
    [onPhone(1), user(2, { id: "u-1" })],
    "create",
  ],
  ["a household without users: whose is it?", [customer(1), customer(2)], [onPhone(1)], "create"],
  [
    "a stopped customer is one of the household",
    [customer(1), customer(2, { status: "stopped" })],
    [onPhone(1)],
    "create",
  ],
  [
    "a household whose others have users",
    [customer(1), customer(2, { user_id: "u-2" })],
    [onPhone(1), user(2, { customer_v2_id: "c-2" })],
    "reuse u-1",
  ],
  [
    "a staff record is no user of theirs",
    [customer(1), customer(2, { user_id: "u-2" })],
    [onPhone(1), user(2, { role: "admin" })],
    "create",
  ],
  [
    "a user who belongs to somebody else is no user of theirs",
    [customer(1), customer(2, { user_id: "u-2" }), customer(3, { phone: OTHER_PHONE })],
    [onPhone(1), user(2, { customer_v2_id: "c-3" })],
    "create",
  ],
  [
    "customers with one id have no user that could be told",
    [customer(1), customer(2), customer(3, { id: "c-2", phone: OTHER_PHONE })],
    [onPhone(1), user(2, { customer_v2_id: "c-2" })],
    "create",
  ],
  [
    "customers on other phones do not matter",
    [customer(1), customer(2, { phone: OTHER_PHONE })],
    [onPhone(1)],
    "reuse u-1",
  ],
]);

declareDecisions("LINKING step 9: inactive users", [
  [
    "found by a link",
    [customer(1, { user_id: "u-1" })],
    [user(1, { customer_v2_id: "c-1", is_active: false })],
    "inactive u-1",
  ],
  ["found by phone", [customer(1)], [onPhone(1, { is_active: false })], "inactive u-1"],
  [
    "a missing is_active is true",
    [customer(1, { user_id: "u-1" })],
    [onPhone(1, { is_active: undefined })],
    "reuse u-1",
  ],
]);

describe("customers with odd ids", () => {
  it.each([
    "__proto__",
    "constructor",
    " ",
    "a b",
    "x@y.in",
    PHONE,
    hexId("users", 1),
    "आशा",
    "'; --",
  ])("customers with odd ids are customers like any other: %s", async (id) => {
    const odd = customer(1, { id });
    expect(await decided([odd])).toBe("create");
    expect(await decided([odd], [user(1, { customer_v2_id: id })])).toBe("reuse u-1");
    expect(await decided([odd], [onPhone(2, { id })])).toBe(`reuse ${id}`);
    expect(await decided([odd], [user(1, { email: `customer-${id}@earlybird.local` })])).toBe(
      "reuse u-1",
    );
    expect(await decided([odd, customer(2)], [user(1, { customer_v2_id: "c-2" })])).toBe("create");
  });
});
