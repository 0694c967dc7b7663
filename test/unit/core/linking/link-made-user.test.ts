import { describe, expect, it } from "vitest";
import type { CustomerId, Phone, UserId } from "../../../../src/core/ids.ts";
import {
  customerNamedBy,
  isReservedEmail,
  madeIdsFor,
  madeIdsForAll,
  namingEmails,
  newUserFields,
  placeholderEmails,
} from "../../../../src/core/linking/made-user.ts";
import { hashNow } from "../../../../src/runtimes/node/hash-now.ts";
import { factsOf } from "../../../model/link-facts.ts";
import { customer, PHONE } from "../../../model/scenarios.ts";
import { madeFor } from "../../../support/linking/legacy-ids.ts";

const phone = `+91${PHONE}` as Phone;
const rule = { template: "{national}@customer.earlybird.com" };
const U = "6c94cc28-3366-5545-bdcb-7ba08e4dfa75";
const emailsOf = (id: string, template = rule.template) =>
  placeholderEmails(id as CustomerId, U as UserId, phone, { template });

describe("what a user made for a customer is called", () => {
  it("the id of a user made for a customer is the same for ever: a later version must find what an earlier one made", async () => {
    expect(await madeIdsFor("c-1" as CustomerId)).toEqual({
      userId: "6c94cc28-3366-5545-bdcb-7ba08e4dfa75",
      objectId: "6ac13dce6c2e37652500e162",
    });
  });
  it.each(["c-1", "__proto__", " ", "x@y.in", "आशा", "a".repeat(5000), PHONE])(
    "the id of a user made for a customer is a UUIDv5 and twelve bytes of SHA-256: %s",
    async (id) => {
      expect(await madeIdsFor(id as CustomerId)).toEqual(madeFor(id));
      const byNode = await madeIdsForAll([id as CustomerId], hashNow);
      expect([...byNode], "by the platform's own hash").toEqual([[id, madeFor(id)]]);
    },
  );
});

describe("the e-mail of a made user (LINKING step 11)", () => {
  it("the e-mail of a made user (LINKING step 11) is the import's own pattern first, then one of the customer, then one of the user", () => {
    expect(emailsOf("c-1")).toEqual([
      `${PHONE}@customer.earlybird.com`,
      "customer-c-1@customer.earlybird.com",
      `customer-${U}@customer.earlybird.com`,
    ]);
  });
  it("the e-mail of a made user (LINKING step 11) follows PLACEHOLDER_EMAIL, but for the last resort", () => {
    expect(emailsOf("c-1", "u.{user_id}@people.example.com")).toEqual([
      `u.${U}@people.example.com`,
      "customer-c-1@people.example.com",
      `customer-${U}@customer.earlybird.com`,
    ]);
  });
  it.each(["__proto__", "a b", "x@y.in", "a..b", "आशा", "-", "a".repeat(500), "a\n"])(
    "the e-mail of a made user (LINKING step 11) never holds an id that makes it no e-mail: %s",
    (id) => {
      expect(emailsOf(id)).toEqual([
        `${PHONE}@customer.earlybird.com`,
        `customer-${U}@customer.earlybird.com`,
      ]);
    },
  );
});

describe("e-mails that name a customer", () => {
  it.each(["c-1", "__proto__", "x@y.in", PHONE, "customer-1"])(
    "e-mails that name a customer read back: %s",
    (id) => {
      for (const email of namingEmails(id as CustomerId, rule)) {
        expect(customerNamedBy(email, rule)).toBe(id);
      }
    },
  );
  it.each([
    null,
    "",
    "customer-",
    "customer-c-1",
    "customer-c-1@example.com",
    "Customer-c-1@earlybird.local",
    `${PHONE}@customer.earlybird.com`,
    "c-1@earlybird.local",
  ])("another e-mail names none: %s", (email) => expect(customerNamedBy(email, rule)).toBeNull());
});

describe("e-mails with which nobody can log in", () => {
  it.each([
    "customer-c-1@earlybird.local",
    "a@x.invalid",
    "a@x.test",
    "a@x.onion",
    "a@LOCAL",
    "a@localhost",
    "a",
    "a@b@x.Local",
  ])("%s", (email) => expect(isReservedEmail(email)).toBe(true));
  it.each([null, "a@example.com", "a@x.internal", "a@local.example.com", "a@mylocal.in"])(
    "a user can log in with the e-mail %s",
    (email) => expect(isReservedEmail(email)).toBe(false),
  );
});

describe("a made user's document", () => {
  it("a made user's document is complete and holds no secret", async () => {
    const { customer: asha } = await factsOf([customer(1)]);
    const ids = await madeIdsFor(asha.id);
    const now = Date.parse("2026-11-22T08:00:00Z");
    expect(newUserFields(asha, phone, ids, "a@example.com", now)).toEqual({
      id: U,
      email: "a@example.com",
      name: "Asha Rao",
      phone: PHONE,
      role: "customer",
      is_active: true,
      customer_v2_id: "c-1",
      doorstep_customer_id: "c-1",
      created_by: "doorstep",
      created_at: "2026-11-22T08:00:00.000Z",
      updated_at: "2026-11-22T08:00:00.000Z",
    });
  });
  it("a made user's document has a name even where the customer has none", async () => {
    const { customer: nobody } = await factsOf([customer(1, { name: "" })]);
    const ids = await madeIdsFor(nobody.id);
    expect(newUserFields(nobody, phone, ids, "a@example.com", 0)["name"]).toBeTruthy();
  });
});
