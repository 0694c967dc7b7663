import { expect, test } from "vitest";
import type { DocumentKey } from "../../../../src/core/ids.ts";
import {
  type Customer,
  MARK,
  readCustomer,
  readUser,
  type User,
} from "../../../../src/core/linking/documents.ts";
import { madeIdsFor } from "../../../../src/core/linking/made-user.ts";
import { decideJoin, decidePart, type PairFacts } from "../../../../src/core/linking/pair.ts";
import { readReason } from "../../../../src/core/runs/reason.ts";
import { customer, user } from "../../../cases-extra/people.ts";
import type { Fields } from "../../../support/linking/linking-cases.ts";

const RULES = { defaultRegion: "IN", allowedCountries: ["IN"] };
const document = (key: string, fields: Fields, idShared = false) => ({
  key: key as DocumentKey,
  objectId: null,
  fields,
  idShared,
});
function customerOf(id: string, more: Fields = {}, idShared = false): Customer {
  const read = readCustomer(document(id, customer(id, "9876500001", more), idShared), RULES);
  if (read === null) throw new Error("no id");
  return read;
}
const userOf = (id: string, more: Fields = {}, idShared = false): User =>
  readUser(document(id, user(id, more), idShared), RULES);

async function facts(first: Customer, more: Partial<PairFacts> = {}): Promise<PairFacts> {
  return {
    customer: first,
    customers: [first],
    users: [],
    made: await madeIdsFor(first.id),
    ...more,
  };
}

test("a person may join records that name nobody, and records that contradict each other", async () => {
  const other = userOf("u-1", { phone: "9876500002", customer_v2_id: "c-gone" });
  expect(decideJoin(await facts(customerOf("c-1", { user_id: "u-gone" })), other)).toMatchObject({
    kind: "join",
  });
});

test.each<[string, Customer, User, Partial<PairFacts>, string, string | null]>([
  ["staff", customerOf("c-1"), userOf("u-1", { role: "admin" }), {}, "user-unusable", null],
  [
    "a role in other letters",
    customerOf("c-1"),
    userOf("u-1", { role: "Customer" }),
    {},
    "user-unusable",
    null,
  ],
  [
    "a user with a shared id",
    customerOf("c-1"),
    userOf("u-1", {}, true),
    {},
    "user-unusable",
    null,
  ],
  ["a user without an id", customerOf("c-1"), userOf(""), {}, "user-unusable", null],
  [
    "a customer with a shared id",
    customerOf("c-1", {}, true),
    userOf("u-1"),
    {},
    "customer-id-shared",
    null,
  ],
  [
    "a user whom doorstep made for another customer",
    customerOf("c-1"),
    userOf("u-1", { created_by: "doorstep" }),
    {},
    "user-made-for-another",
    null,
  ],
  [
    "a user who is linked with another customer",
    customerOf("c-1"),
    userOf("u-1", { customer_v2_id: "c-2" }),
    { customers: [customerOf("c-1"), customerOf("c-2", { user_id: "u-1" })] },
    "user-linked",
    "c-2",
  ],
  [
    "a customer who is linked with another user",
    customerOf("c-1", { user_id: "u-2" }),
    userOf("u-1"),
    { users: [userOf("u-2", { customer_v2_id: "c-1" })] },
    "customer-linked",
    "u-2",
  ],
])("a person may not join %s", async (_, first, second, more, because, other) => {
  expect(decideJoin(await facts(first, more), second)).toEqual({
    kind: "refused",
    refusal: { because, other },
  });
});

test("a person may join again what was parted, and a link on one side only", async () => {
  const parted = userOf("u-1", { customer_v2_id: "c-1", [MARK]: "!c-1" });
  const pointing = customerOf("c-1", { user_id: "u-1" });
  const around = await facts(pointing, { users: [parted] });
  expect(decideJoin(around, parted)).toMatchObject({ kind: "join" });
  const joined = userOf("u-1", { customer_v2_id: "c-1", [MARK]: "c-1" });
  expect(decideJoin(await facts(pointing, { users: [joined] }), joined)).toEqual({
    kind: "joined",
  });
});

test("a person parts a customer from the linked user, before users with a link on one side", async () => {
  const linked = userOf("u-1", { customer_v2_id: "c-1" });
  const oneSided = userOf("u-2", { customer_v2_id: "c-1" });
  const around = await facts(customerOf("c-1", { user_id: "u-1" }), { users: [oneSided, linked] });
  expect(decidePart(around, null)).toMatchObject({ kind: "part", user: { id: "u-1" } });
  expect(decidePart(around, "u-2")).toMatchObject({ kind: "part", user: { id: "u-2" } });
  expect(decidePart(around, "u-3")).toMatchObject({ because: "no-user" });
});

test("a person must name one of several users who are linked on one side only", async () => {
  const users = ["u-1", "u-2"].map((id) => userOf(id, { customer_v2_id: "c-1" }));
  expect(decidePart(await facts(customerOf("c-1"), { users }), null)).toMatchObject({
    because: "several-users",
  });
});

test("a user whom doorstep made for a customer is not parted from that customer", async () => {
  const { userId } = await madeIdsFor(customerOf("c-1").id);
  const made = userOf(userId, { customer_v2_id: "c-1", created_by: "doorstep" });
  const around = await facts(customerOf("c-1", { user_id: userId }), { users: [made] });
  expect(decidePart(around, null)).toMatchObject({ because: "made-for-customer" });
});

test("a parting that died before it emptied the pointer can be finished", async () => {
  const half = userOf("u-1", { customer_v2_id: null, [MARK]: "!c-1" });
  const around = await facts(customerOf("c-1", { user_id: "u-1" }), { users: [half] });
  expect(decidePart(around, null)).toMatchObject({ kind: "part" });
  const done = await facts(customerOf("c-1", { user_id: null }), { users: [half] });
  expect(decidePart(done, null)).toMatchObject({ because: "no-user" });
});

test("a reason holds no phone, no e-mail and no second line", () => {
  expect(readReason(" moved house, ticket 48213 ")).toEqual({
    ok: true,
    value: "moved house, ticket 48213",
  });
  for (const text of [
    "",
    "  ",
    "called from 9876500001",
    "called from 98765 00001",
    "called from (+91) 98765-00001",
    "९८७६५००००१",
    "asha@example.com",
    "two\nlines",
    "x".repeat(201),
  ]) {
    expect(readReason(text).ok, text).toBe(false);
  }
});
