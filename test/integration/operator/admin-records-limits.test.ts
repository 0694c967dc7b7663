import { BSON, ObjectId } from "mongodb";
import { describe, expect, test } from "vitest";
import { toBase64url } from "../../../src/core/bytes.ts";
import type { CustomerId, Phone, UserId } from "../../../src/core/ids.ts";
import { adoptedFields, adoptedIdsFor } from "../../../src/core/linking/adopted-customer.ts";
import { readCustomer, readUser, type UsableUser } from "../../../src/core/linking/documents.ts";
import { madeIdsFor, newUserFields } from "../../../src/core/linking/made-user.ts";
import { RECORDS } from "../../../src/http/routes/admin/records-operation.ts";
import { customer, HASH, user } from "../../cases-extra/people.ts";
import { ADMIN_TOKEN } from "../../support/gateway/admin-token.ts";
import { bearer, call } from "../../support/gateway/client.ts";
import { testGateway } from "../../support/gateway/test-gateway.ts";

const RUN = { id: "2026-11-28-140112-3f9a1c", operator: "thief on laptop" };
const PHONE = "9876500001" as Phone;
const MADE = await madeIdsFor("c-1" as CustomerId);
const ADOPTED = await adoptedIdsFor("u-2" as UserId);
const RULES = { defaultRegion: "IN", allowedCountries: ["IN"] };
const PLACEHOLDER = "9876500001@customer.earlybird.com";

type Fields = Readonly<Record<string, unknown>>;

/** A customer who waits for the made user, and a user who waits for the adopted customer. */
async function open() {
  const gateway = await testGateway({
    documents: {
      customers_v2: [customer("c-1", PHONE, { user_id: MADE.userId })],
      users: [
        user("u-1", { email: "9876500003@earlybird.local", phone: "9876500003" }),
        user("u-2", { customer_v2_id: ADOPTED.customerId, phone: "9876500002" }),
        user("u-3", { email: "asha@example.com", password_hash: HASH }),
        user("boss", { role: "admin", email: "boss@earlybird.com" }),
      ],
    },
    env: { ADMIN_TOKEN, ADMIN_RECORDS: "on" },
  });
  const { directory } = gateway.gateway;
  const read = async (collection: "users" | "customers_v2", id: string) => {
    const found =
      collection === "users"
        ? await directory.findUsers({ ids: [id] })
        : await directory.findCustomers({ ids: [id] });
    return found[0] ?? null;
  };
  const outcome = async (asked: object): Promise<string> => {
    const body = { run: RUN, calls: [asked] };
    const answer = await call(
      gateway,
      "POST",
      `/auth/admin/${RECORDS.name}`,
      body,
      bearer(ADMIN_TOKEN),
    );
    return answer.body.answers[0].outcomes[0];
  };
  return {
    read,
    outcome,
    insert: (collection: string, object_id: string, fields: Fields) =>
      outcome({ call: "insert", collection, object_id, fields }),
    async change(id: string, set: Fields, unset: readonly string[] = [], said: Fields = {}) {
      const found = await read("users", id);
      if (found === null) throw new Error(`no ${id}`);
      const asked = { ...found, fields: { ...found.fields, ...said } };
      const writes = [{ read: asked, guards: [], change: { set, unset } }];
      return outcome({ call: "change", collection: "users", writes });
    },
    async madeUser() {
      const found = await read("customers_v2", "c-1");
      const one = found && readCustomer(found, RULES);
      if (one === null) throw new Error("no c-1");
      return newUserFields(one, "+919876500001" as Phone, MADE, PLACEHOLDER, 0);
    },
    async adopted() {
      const found = await read("users", "u-2");
      if (found === null) throw new Error("no u-2");
      const adoption = { userId: "u-2", address: "12 MG Road", area: "AREA_001", phone: null };
      const one = readUser(found, RULES) as UsableUser;
      return adoptedFields(adoption, one, "+919876500002" as Phone, ADOPTED, RULES, 0);
    },
  };
}

describe("the holder of ADMIN_TOKEN, with ADMIN_RECORDS=on,", () => {
  test("inserts a made user only as a login makes one", async () => {
    const { insert, madeUser, read } = await open();
    const made = await madeUser();
    const { name: _, ...nameless } = made;
    for (const fields of [
      { ...made, wallet_balance: 500 },
      { ...made, password: HASH },
      { ...made, role: "admin" },
      { ...made, email: "boss@earlybird.com" },
      { ...made, email: { $ne: null } },
      { ...made, is_active: "yes" },
      { ...made, created_by: "migration" },
      { ...made, doorstep_customer_id: "c-2" },
      { ...made, name: ["Asha"] },
      nameless,
    ]) {
      expect(await insert("users", MADE.objectId, fields), JSON.stringify(fields)).toBe(
        "forbidden",
      );
    }
    expect(await read("users", MADE.userId)).toBeNull();
    expect(await insert("users", MADE.objectId, made)).toBe("inserted");
  });

  test("inserts a delivery record only as `adopt` makes one, without a balance", async () => {
    const { adopted, insert, read } = await open();
    const made = await adopted();
    for (const fields of [
      { ...made, previous_balance: -500 },
      { ...made, delivery_boy_id: "boss" },
      { ...made, status: "stopped" },
      { ...made, address: { $gt: "" } },
      { ...made, name: "x".repeat(20_000) },
    ]) {
      expect(await insert("customers_v2", ADOPTED.objectId, fields)).toBe("forbidden");
    }
    expect(await read("customers_v2", ADOPTED.customerId)).toBeNull();
    expect(await insert("customers_v2", ADOPTED.objectId, made)).toBe("inserted");
  });

  test("makes no record for people who do not exist, or whose record names no such document", async () => {
    const { adopted, insert, madeUser } = await open();
    for (const id of ["nobody", "u-1", "boss"]) {
      const { customerId, objectId } = await adoptedIdsFor(id as UserId);
      const fields = { ...(await adopted()), id: customerId, user_id: id };
      expect(await insert("customers_v2", objectId, fields)).toBe("forbidden");
    }
    const { objectId, userId } = await madeIdsFor("c-9" as CustomerId);
    const ties = { customer_v2_id: "c-9", doorstep_customer_id: "c-9" };
    const fields = { ...(await madeUser()), id: userId, ...ties };
    expect(await insert("users", objectId, fields)).toBe("forbidden");
  });

  test("removes no made record to which the backend has added a balance", async () => {
    const { adopted, insert, outcome, read } = await open();
    await insert("customers_v2", ADOPTED.objectId, await adopted());
    const made = await read("customers_v2", ADOPTED.customerId);
    const grown = { ...made, fields: { ...made?.fields, previous_balance: 700 } };
    expect(await outcome({ call: "remove", collection: "customers_v2", read: grown })).toBe(
      "forbidden",
    );
    expect(await outcome({ call: "remove", collection: "customers_v2", read: made })).toBe(
      "applied",
    );
  });

  test("takes no person's e-mail away, and gives no record the e-mail of another", async () => {
    const { change } = await open();
    expect(await change("u-3", { email: PLACEHOLDER })).toBe("forbidden");
    expect(await change("u-3", { email: "x@earlybird.local" })).toBe("forbidden");
    expect(await change("u-3", {}, ["email"])).toBe("forbidden");
    expect(await change("u-3", { email: PLACEHOLDER }, [], { email: "x@earlybird.local" })).toBe(
      "lost",
    );
    for (const email of [
      "boss@earlybird.com",
      "boss@earlybird.com@customer.earlybird.com",
      null,
      "",
    ]) {
      expect(await change("u-1", { email })).toBe("forbidden");
    }
    expect(await change("u-1", { email: PLACEHOLDER }, ["password_hash"])).toBe("applied");
    expect(await change("u-1", { email: "9876500003@earlybird.local" })).toBe("applied");
  });

  test("writes no password over another one, and no object in place of one", async () => {
    const { change } = await open();
    expect(await change("u-3", { password_hash: `${HASH.slice(0, -1)}x` })).toBe("forbidden");
    expect(await change("u-1", { password_hash: { $gt: "" } })).toBe("forbidden");
    expect(await change("u-3", {}, ["password_hash"])).toBe("applied");
    expect(await change("u-3", { password_hash: HASH })).toBe("applied");
  });

  test("writes no list and no object into a record: one of them breaks every list of the backend", async () => {
    const { change } = await open();
    const regex = toBase64url(BSON.serialize({ value: /x/ }));
    for (const value of [
      [],
      {},
      { $gt: "" },
      { first: "Asha" },
      { $bson: regex },
      "x".repeat(20_000),
    ]) {
      expect(await change("u-1", { name: value }), JSON.stringify(value)).toBe("forbidden");
    }
    const objectId = toBase64url(BSON.serialize({ value: new ObjectId() }));
    for (const value of [
      "Asha",
      null,
      9876500003,
      { $date: "2026-01-01T00:00:00.000Z" },
      { $bson: objectId },
    ]) {
      expect(await change("u-1", { customer_v2_id: value }), JSON.stringify(value)).toBe("applied");
    }
  });
});
