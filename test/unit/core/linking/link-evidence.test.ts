import { describe, expect, it } from "vitest";
import {
  isDuplicated,
  isFree,
  linkedUser,
  ownersOf,
} from "../../../../src/core/linking/link-evidence.ts";
import { namesAgree } from "../../../../src/core/linking/names.ts";
import { rankOf } from "../../../../src/core/linking/ties.ts";
import type { RawDocument } from "../../../contract/directory/directory-instance.ts";
import { factsOf } from "../../../model/link-facts.ts";
import { customer, madeUser, OTHER_PHONE, PHONE, user } from "../../../model/scenarios.ts";
import { NOW } from "../../../model/world.ts";
import { hexId, madeFor } from "../../../support/linking/legacy-ids.ts";

const HEX = hexId("users", 1);
const U_STAR = madeFor("c-1").userId;
const minutesAgo = (minutes: number) => new Date(NOW - minutes * 60_000).toISOString();

async function rank(of: object, by: object): Promise<string | null> {
  const facts = await factsOf([customer(1, of)], [user(1, by)]);
  const [only] = facts.users;
  return only === undefined ? null : rankOf(only, facts.customer, facts);
}

describe("the rank of a tie (LINKING step 5)", () => {
  const cases: readonly (readonly [string, object, object, string | null])[] = [
    ["A: both name each other", { user_id: "u-1" }, { customer_v2_id: "c-1" }, "A"],
    ["A: by the user's _id too", { user_id: HEX }, { customer_v2_id: "c-1" }, "A"],
    ["B: customer_v2_id", {}, { customer_v2_id: "c-1" }, "B"],
    ["B: customer_v2_id, the pointer elsewhere", { user_id: "x" }, { customer_v2_id: "c-1" }, "B"],
    ["B: an equal id", {}, { id: "c-1" }, "B"],
    ["B: an equal id and a pointer", { user_id: "c-1" }, { id: "c-1" }, "B"],
    ["B: U*", {}, { id: U_STAR }, "B"],
    ["B: O*", {}, { _id: { $oid: madeFor("c-1").objectId } }, "B"],
    ["B: the legacy e-mail", {}, { email: "customer-c-1@earlybird.local" }, "B"],
    ["B: our own e-mail", {}, { email: "customer-c-1@customer.earlybird.com" }, "B"],
    ["not an e-mail of another domain", {}, { email: "customer-c-1@example.com" }, null],
    ["not another customer's e-mail", {}, { email: "customer-c-10@earlybird.local" }, null],
    ["C: the pointer holds the id", { user_id: "u-1" }, {}, "C"],
    ["C: the pointer holds the _id", { user_id: HEX }, {}, "C"],
    ["C: whatever the user names", { user_id: "u-1" }, { customer_v2_id: "c-2" }, "C"],
    ["no pointer in capitals", { user_id: HEX.toUpperCase() }, {}, null],
    ["D: the phone, spelled otherwise", {}, { phone: `+91 ${PHONE}` }, "D"],
    ["none: another phone", {}, { phone: OTHER_PHONE }, null],
    ["none: two phones that do not parse", { phone: "call" }, { phone: "call" }, null],
    ["none: two ids that are empty", { user_id: "" }, { id: "" }, null],
    ["none: two ids that are missing", { user_id: undefined }, { id: undefined }, null],
    ["none: numbers that are equal", { user_id: 7 }, { id: 7 }, null],
  ];
  it.each(cases)("the rank of a tie (LINKING step 5): %s", async (_, of, by, wanted) => {
    expect(await rank(of, by)).toBe(wanted);
  });
});

async function owners(customers: readonly RawDocument[], of: RawDocument): Promise<string[]> {
  const facts = await factsOf(customers, [of]);
  const [only] = facts.users;
  if (only === undefined) throw new Error("no user");
  return ownersOf(only, facts).map((owner) => (typeof owner === "string" ? owner : owner.id));
}

describe("whom a user belongs to (LINKING step 5)", () => {
  const both = [customer(1, { user_id: "u-1" }), customer(2)];
  const cases: readonly (readonly [string, readonly RawDocument[], RawDocument, string[]])[] = [
    ["the customer at the highest rank", both, user(1, { customer_v2_id: "c-2" }), ["c-2"]],
    [
      "A before B",
      [customer(1, { user_id: "u-1" }), customer(2)],
      user(1, { customer_v2_id: "c-1", email: "customer-c-2@earlybird.local" }),
      ["c-1"],
    ],
    ["B before C", both, user(1, { email: "customer-c-2@earlybird.local" }), ["c-2"]],
    ["C before D", both, user(1, { phone: PHONE }), ["c-1"]],
    [
      "two at one rank: both",
      [customer(1), customer(2)],
      user(1, { id: "c-1", customer_v2_id: "c-2" }),
      ["c-1", "c-2"],
    ],
    [
      "both whose pointers name it",
      [customer(1, { user_id: "u-1" }), customer(2, { user_id: HEX })],
      user(1),
      ["c-1", "c-2"],
    ],
    ["nobody", [customer(1)], user(1), []],
    ["a customer_v2_id to nobody is empty", both, user(1, { customer_v2_id: "c-9" }), ["c-1"]],
    [
      "unless the user is younger than ten minutes",
      both,
      user(1, { customer_v2_id: "c-9", created_at: minutesAgo(9.99) }),
      ["somebody-else"],
    ],
    [
      "at ten minutes it is not",
      both,
      user(1, { customer_v2_id: "c-9", created_at: minutesAgo(10) }),
      ["c-1"],
    ],
    [
      "a young one who names nobody is as any other",
      both,
      user(1, { created_at: minutesAgo(1) }),
      ["c-1"],
    ],
    [
      "a young one whose id and customer_v2_id disagree belongs to both",
      [customer(1)],
      user(1, { id: "c-1", customer_v2_id: "c-9", created_at: minutesAgo(1) }),
      ["c-1", "somebody-else"],
    ],
    [
      "a user made for a customer who was not read is theirs, though a migration wiped it",
      [customer(1, { user_id: madeFor("c-7").userId })],
      madeUser("c-7", { customer_v2_id: null }),
      ["somebody-else"],
    ],
    [
      "a user made for a customer who is no more is free",
      [customer(1, { user_id: madeFor("c-7").userId })],
      madeUser("c-7", { customer_v2_id: "c-7" }),
      ["c-1"],
    ],
    ["a user made for the customer", [customer(1)], madeUser("c-1"), ["c-1"]],
  ];
  it.each(cases)("the owner of a user: %s", async (_, customers, of, wanted) => {
    expect(await owners(customers, of)).toEqual(wanted);
  });

  it("a user belongs to no customer by phone alone, and to one by any id", async () => {
    const unclaimed = async (of: object, by: object) => {
      const facts = await factsOf([customer(1, of)], [user(1, { phone: PHONE, ...by })]);
      return facts.users.map((candidate) => isFree(candidate, facts));
    };
    expect(await unclaimed({}, {})).toEqual([true]);
    expect(await unclaimed({}, { customer_v2_id: "c-9" })).toEqual([true]);
    expect(await unclaimed({ user_id: "u-1" }, {})).toEqual([false]);
    expect(await unclaimed({}, { customer_v2_id: "c-9", created_at: minutesAgo(1) })).toEqual([
      false,
    ]);
  });

  const TIMES: readonly (readonly [string, unknown, boolean])[] = [
    ["ISO without a zone is UTC", minutesAgo(9).replace("Z", ""), true],
    ["ISO without a zone, with microseconds", `${minutesAgo(9).slice(0, -1)}456`, true],
    ["ISO with an offset", "2026-11-22T13:21:00+05:30", true],
    ["a BSON date", new Date(NOW - 60_000), true],
    ["a date in Extended JSON", { $date: minutesAgo(9) }, true],
    ["a day, read as its first moment", "2026-11-22", false],
    ["the day after: a clock or a zone that is ahead", "2026-11-23", true],
    ["a year ahead, which says nothing", "2027-11-23", false],
    ["no time", "yesterday", false],
    ["null", null, false],
    ["a number", NOW, false],
    ["an object", { $date: "soon" }, false],
  ];
  it.each(TIMES)("the age of a user is read from created_at: %s", async (_, created_at, young) => {
    const facts = await factsOf([customer(1)], [user(1, { customer_v2_id: "c-9", created_at })]);
    const [only] = facts.users;
    expect(only && ownersOf(only, facts)).toEqual(young ? ["somebody-else"] : []);
  });
});

describe("a link that stands (LINKING step 3)", () => {
  const linked = async (customers: readonly RawDocument[], users: readonly RawDocument[]) =>
    linkedUser(await factsOf(customers, users))?.id ?? null;
  const of = customer(1, { user_id: "u-1" });
  const by = (fields: object = {}) => user(1, { customer_v2_id: "c-1", ...fields });

  it("a link stands where both sides name each other, and the phone does not speak against it", async () => {
    expect(await linked([of], [by()])).toBe("u-1");
    expect(await linked([of], [by({ phone: "ask his wife" })])).toBe("u-1");
    const changed = { phone: OTHER_PHONE, doorstep_customer_id: "c-1" };
    expect(await linked([of], [by(changed)]), "our own link").toBe("u-1");
    expect(await linked([of], [by({ is_active: undefined })])).toBe("u-1");
  });
  it.each<readonly [string, readonly RawDocument[], readonly RawDocument[]]>([
    ["one side is missing", [of], [user(1)]],
    ["the other side is missing", [customer(1)], [by()]],
    ["the pointer is the user's _id", [customer(1, { user_id: HEX })], [by()]],
    ["the user has another phone", [of], [by({ phone: OTHER_PHONE })]],
    ["a person parted the two", [of], [by({ doorstep_customer_id: "!c-1" })]],
    ["the user is inactive", [of], [by({ is_active: false })]],
    ["the user is staff", [of], [by({ role: "admin" })]],
    ["the role is not exactly `customer`", [of], [by({ role: "Customer" })]],
    ["another user has the id", [of], [by(), user(2, { id: "u-1" })]],
    ["the customer's id is not its own", [of, customer(2, { id: "c-1" })], [by()]],
    [
      "another user is linked by its _id",
      [customer(1, { user_id: HEX })],
      [user(2, { id: HEX, customer_v2_id: "c-1" }), by()],
    ],
  ])("a link does not stand where %s", async (_, customers, users) => {
    expect(await linked(customers, users)).toBeNull();
  });
  it("a duplicate is a customer document with the same id, read or not", async () => {
    expect(isDuplicated(await factsOf([customer(1), customer(2, { id: "c-1" })]))).toBe(true);
    expect(isDuplicated(await factsOf([customer(1), customer(2)]))).toBe(false);
  });
});

describe("names that agree (LINKING step 8)", () => {
  it.each([
    ["Asha Rao", "Rao, Asha"],
    ["Asha", "Asha Rao"],
    ["asha rao", "ASHA"],
    ["Mrs. Asha", "Asha"],
    ["आशा राव", "आशा"],
    ["Suresh Kumar", "Kumar Suresh"],
    ["Mohd. Salim", "Salim"],
    ["D'Souza Maria", "DSOUZA"],
    ["S.K. Sharma", "Sharma"],
    ["Café Rao", "Cafe\u0301"],
    ["Ａｓｈａ", "Asha"],
    ["Anne-Marie Joseph", "Joseph Marie"],
  ])("the names %s and %s agree", (one, other) => expect(namesAgree(one, other)).toBe(true));
  it.each([
    ["Asha Rao", "Meena Iyer"],
    ["Mr. Rao", "Mr. Iyer"],
    ["Shri Ashok", "Shri Meena"],
    ["A. Rao", "A. Iyer"],
    ["Asha", "Ash"],
    ["Asha Rao", "Rao, Ravi"],
    ["आशा राव", "राव"],
    ["Suresh Kumar", "Ravi Kumar"],
    ["the Sharma family", "the Iyer family"],
    ["Mohd Salim", "Mohd Irfan"],
    ["K. Suresh", "K. Ramesh"],
    ["Kumar", "Kumar"],
    ["राम", "रमा"],
    ["Flat 12", "Shop 12"],
    ["", ""],
    ["-", "-"],
  ])("names %s and %s do not agree", (one, other) => expect(namesAgree(one, other)).toBe(false));
});
