import { describe, expect, it } from "vitest";
import type { CustomerId, DocumentKey } from "../../../../src/core/ids.ts";
import {
  readCustomer,
  readUser,
  type StoredDocument,
} from "../../../../src/core/linking/documents.ts";
import {
  hasPublishedPassword,
  objectIdAt,
} from "../../../../src/core/linking/published-password.ts";

const SINCE = Date.parse("2026-11-28T12:00:00Z");
const PHONES = { defaultRegion: "IN", allowedCountries: ["IN"] } as const;

const stored = (fields: object, objectId: string | null = objectIdAt(SINCE), idShared = false) =>
  ({
    key: JSON.stringify({ $oid: objectId }) as DocumentKey,
    objectId,
    fields: { ...fields },
    idShared,
  }) satisfies StoredDocument;

const customer = readCustomer(stored({ id: "c-1", phone: "9876500001" }), PHONES);
if (customer === null) throw new Error("a customer has an id");
const CUSTOMERS = new Map([["c-1" as CustomerId, customer]]);

const CREATED = {
  id: "u-1",
  role: "customer",
  customer_v2_id: "c-1",
  email: "customer-c-1@earlybird.local",
  password_hash: "$2b$12$x",
};
const IMPORTED = {
  id: "c-1",
  role: "customer",
  email: "9876500001@customer.earlybird.com",
  password_hash: "$2b$12$x",
};

const holds = (fields: object, objectId?: string | null, idShared?: boolean) =>
  hasPublishedPassword(readUser(stored(fields, objectId, idShared), PHONES), CUSTOMERS, SINCE);

describe("a password that the backend's code gives", () => {
  it("a password that the backend's code gives is known by the user that a create or an import makes", () => {
    expect(holds(CREATED)).toBe(true);
    expect(holds(IMPORTED)).toBe(true);
    // An import takes the digits as it finds them, and there may be none.
    expect(holds({ ...IMPORTED, email: "@customer.earlybird.com" })).toBe(true);
  });

  it.each([
    ["an older user", IMPORTED, objectIdAt(SINCE - 1000)],
    ["a user without an ObjectId", IMPORTED, null],
    ["a member of staff", { ...IMPORTED, role: "admin" }],
    ["a user that an admin made, who has another field", { ...IMPORTED, password: "$2b$12$x" }],
    ["a user with both fields, one of them null", { ...IMPORTED, password: null }],
    ["a user without a password", { ...IMPORTED, password_hash: "" }],
    [
      "a user of another customer",
      { ...CREATED, customer_v2_id: "c-2", email: "customer-c-2@earlybird.local" },
    ],
    [
      "a user with another customer's e-mail",
      { ...CREATED, email: "customer-c-2@earlybird.local" },
    ],
    ["a user with an e-mail of their own", { ...CREATED, email: "asha@example.com" }],
    ["an imported id with an e-mail of their own", { ...IMPORTED, email: "asha@example.com" }],
    ["another id with the import's e-mail", { ...IMPORTED, id: "u-9" }],
    [
      "an e-mail that only looks like the import's",
      { ...IMPORTED, email: "1@customerXearlybird.com" },
    ],
    ["a user without an id", { ...CREATED, id: "" }],
  ])("a password that the backend's code gives is not assumed of %s", (_, fields, objectId?) => {
    expect(holds(fields, objectId)).toBe(false);
  });

  it("a password that the backend's code gives is not assumed of two users with one id", () => {
    expect(holds(IMPORTED, objectIdAt(SINCE), true)).toBe(false);
  });

  it("ObjectIds of a second sort after its first, and those of the second before do not", () => {
    expect(objectIdAt(SINCE)).toMatch(/^[0-9a-f]{8}0{16}$/);
    expect(objectIdAt(SINCE) < objectIdAt(SINCE + 1000)).toBe(true);
    expect(objectIdAt(SINCE + 999)).toBe(objectIdAt(SINCE));
  });
});
