import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DocumentKey } from "../../../../src/core/ids.ts";
import {
  isUsable,
  readCustomer,
  readUser,
  type StoredDocument,
  textOf,
  withChange,
} from "../../../../src/core/linking/documents.ts";

const INDIA = { defaultRegion: "IN", allowedCountries: ["IN"] };
const doc = (fields: Record<string, unknown>, idShared = false): StoredDocument => ({
  key: '{"$oid":"65a1b2c3d4e5f60718293a4b"}' as DocumentKey,
  objectId: "65a1b2c3d4e5f60718293a4b",
  fields,
  idShared,
});
const customer = (fields: Record<string, unknown>) =>
  readCustomer(doc({ id: "c-1", ...fields }), INDIA);
const user = (fields: Record<string, unknown>, idShared = false) =>
  readUser(doc({ id: "u-1", role: "customer", ...fields }, idShared), INDIA);

/** Every kind of value that a loose backend may have put anywhere. */
const ODD = [undefined, null, "", 0, 7, true, [], ["x"], {}, { $ne: null }, new Date(0)];
const fields = fc.dictionary(
  fc.constantFrom(
    "id",
    "name",
    "phone",
    "status",
    "user_id",
    "area",
    "address",
    "role",
    "email",
    "is_active",
    "customer_v2_id",
    "created_at",
    "created_by",
    "__proto__",
  ),
  fc.anything({ withBigInt: true, withDate: true, withNullPrototype: true }),
);

describe("a customer", () => {
  it("a customer without a text for an id is none", () => {
    for (const id of ODD) expect(readCustomer(doc({ id }), INDIA)).toBeNull();
    expect(readCustomer(doc({}), INDIA)).toBeNull();
  });
  it("a customer of a known status has it; missing, null and empty count as trial; anything else is none", () => {
    for (const status of ["trial", "active", "paused"])
      expect(customer({ status })?.status).toBe(status);
    for (const status of [undefined, null, ""]) expect(customer({ status })?.status).toBe("trial");
    for (const status of ["stopped", "Active", "active ", 0, false, ["active"], {}, "constructor"])
      expect(customer({ status })?.status).toBeNull();
  });
  it("a customer points at a user by text alone", () => {
    for (const user_id of ODD) expect(customer({ user_id })?.pointer).toBeNull();
    expect(customer({ user_id: "anything" })?.pointer).toBe("anything");
  });
  it("a customer has the phone that its document holds, in whatever spelling of LEGACY 3", () => {
    for (const phone of ["+91 98765-43210", 9876543210, "9876543210.0"])
      expect(customer({ phone })?.phone).toBe("+919876543210");
    for (const phone of ODD) expect(customer({ phone })?.phone).toBeNull();
  });
  it("a customer has texts where the document has something else", () => {
    for (const odd of ODD)
      expect(customer({ name: odd, area: odd, address: odd })).toMatchObject({
        name: "",
        area: "",
        address: "",
      });
  });
});

describe("a user", () => {
  it("a user is usable with the role customer exactly, a text for an id, and an id of its own", () => {
    expect(isUsable(user({}))).toBe(true);
    for (const role of ["Customer", "customer ", "admin", "", null, undefined, ["customer"]])
      expect(isUsable(user({ role }))).toBe(false);
    for (const id of ODD) expect(isUsable(user({ id }))).toBe(false);
    expect(isUsable(user({}, true))).toBe(false);
  });
  it("a user is active unless the document says otherwise", () => {
    for (const is_active of [undefined, null, true]) expect(user({ is_active }).active).toBe(true);
    for (const is_active of [false, 0, 1, "true", "false", "", []])
      expect(user({ is_active }).active).toBe(false);
  });
  it("a user names a customer and an e-mail by text alone", () => {
    for (const odd of ODD)
      expect(user({ customer_v2_id: odd, email: odd })).toMatchObject({
        customerId: null,
        email: null,
      });
  });
  it("a user was made by us only where it says so", () => {
    expect(user({ created_by: "doorstep" }).createdByUs).toBe(true);
    for (const created_by of ["Doorstep", "admin", null, ["doorstep"]])
      expect(user({ created_by }).createdByUs).toBe(false);
  });
  it("a user has the age of every form of time that LEGACY 1 knows", () => {
    const at = Date.UTC(2026, 10, 22, 8, 0, 0);
    const forms: readonly (readonly [unknown, number | null])[] = [
      ["2026-11-22T08:00:00", at],
      ["2026-11-22 08:00:00", at],
      ["2026-11-22T08:00", at],
      ["2026-11-22T08:00:00.250", at + 250],
      ["2026-11-22T08:00:00.250123", at + 250],
      ["2026-11-22T08:00:00Z", at],
      ["2026-11-22T13:30:00+05:30", at],
      ["2026-11-22", Date.UTC(2026, 10, 22)],
      [new Date(at), at],
      [{ $date: "2026-11-22T08:00:00Z" }, at],
      [{ $date: { $date: new Date(at) } }, at],
      ...[new Date(Number.NaN), "soon", "", null, undefined, at, [], { $date: 7 }, {}].map(
        (odd) => [odd, null] as const,
      ),
    ];
    for (const [created_at, expected] of forms)
      expect([created_at, user({ created_at }).createdAt]).toEqual([created_at, expected]);
  });
});

describe("any document", () => {
  it("any document is read without an error, and what comes out has the types it promises", () => {
    fc.assert(
      fc.property(fields, fc.boolean(), (any, shared) => {
        const [read, of] = [
          readCustomer(doc(any, shared), INDIA),
          readUser(doc(any, shared), INDIA),
        ];
        expect(["boolean", "boolean"]).toEqual([typeof of.active, typeof of.isCustomer]);
        if (read !== null) expect(read.id).toMatch(/./s);
        if (isUsable(of)) expect(of.id).toMatch(/./s);
        for (const text of [of.id, of.email, of.customerId, read?.pointer ?? null])
          expect(text).not.toBe("");
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a change that was acknowledged", () => {
  it("a change that was acknowledged is the document with it, and leaves the document as it was", () => {
    const before = doc(Object.freeze({ id: "u-1", password: "x", email: "old" }));
    const after = withChange(before, {
      set: { email: "new", name: null },
      unset: ["password", "never"],
    });
    expect(after.fields).toEqual({ id: "u-1", email: "new", name: null });
    expect([after.key, after.objectId, after.idShared]).toEqual([
      before.key,
      before.objectId,
      before.idShared,
    ]);
    expect(before.fields).toEqual({ id: "u-1", password: "x", email: "old" });
  });
  it("a change that was acknowledged sets and keeps a field called __proto__ like any other", () => {
    const set = JSON.parse('{"__proto__":"text"}') as Record<string, unknown>;
    const once = withChange(doc({}), { set });
    expect(Object.keys(withChange(once, { set: { name: "n" } }).fields)).toEqual([
      "__proto__",
      "name",
    ]);
  });
});

describe("the text of a field", () => {
  it("the text of a field is a text that is not empty", () => {
    for (const odd of ODD) expect(textOf(odd)).toBeNull();
    for (const text of [" ", "0", "null"]) expect(textOf(text)).toBe(text);
  });
});
