import { expect } from "vitest";
import type { DocumentKey } from "../../../src/core/ids.ts";
import type { StoredDocument } from "../../../src/core/linking/documents.ts";
import type { Promised } from "../state/promise.ts";
import { hex, oid, readOne, type With } from "./directory-instance.ts";

const idsOf = (found: readonly StoredDocument[]): unknown[] =>
  found.map(({ fields }) => fields.id).sort();
const keyOf = (id: unknown): DocumentKey => JSON.stringify(id) as DocumentKey;

export function declareQueries(promised: Promised, instance: With): void {
  declareClauses(promised, instance);
  declareDocuments(promised, instance);
}

function declareClauses(promised: Promised, instance: With): void {
  promised(
    "finds users by any clause, each document once",
    instance(async ({ directory, put }) => {
      await put("users", [
        { _id: oid(1), id: "u-1", phone: "9876500001", email: "one@example.com" },
        { _id: oid(2), id: "u-2", customer_v2_id: "c-2", phone: 9876500002 },
        { _id: oid(3), id: "u-3" },
        { _id: oid(4), id: "u-4", email: "four@example.com" },
        { _id: oid(5), id: "u-6", role: "admin" },
        { _id: oid(6), id: "u-7", role: "Admin", doorstep_customer_id: "c-7" },
      ]);
      const every = await directory.findUsers({
        ids: ["u-1", "u-1"],
        objectIds: [hex(3), hex(1)],
        customerIds: ["c-2"],
        marks: ["c-8"],
        emails: ["one@example.com", "nobody@example.com"],
        phones: ["9876500001", 9876500002],
        roles: ["admin", "supplier"],
      });
      expect(idsOf(every)).toEqual(["u-1", "u-2", "u-3", "u-6"]);
      expect(idsOf(await directory.findUsers({ roles: ["admin"] }))).toEqual(["u-6"]);
      expect(idsOf(await directory.findUsers({ ids: ["u-4"] }))).toEqual(["u-4"]);
      expect(idsOf(await directory.findUsers({ objectIds: [hex(3)] }))).toEqual(["u-3"]);
      expect(idsOf(await directory.findUsers({ customerIds: ["c-2"] }))).toEqual(["u-2"]);
      expect(idsOf(await directory.findUsers({ marks: ["c-7"] }))).toEqual(["u-7"]);
      expect(idsOf(await directory.findUsers({ emails: ["four@example.com"] }))).toEqual(["u-4"]);
      expect(idsOf(await directory.findUsers({ phones: ["9876500001"] }))).toEqual(["u-1"]);
      expect(idsOf(await directory.findUsers({ phones: [9876500002] }))).toEqual(["u-2"]);
      expect(await directory.findUsers({ ids: ["u-5"], phones: ["1"] })).toEqual([]);
    }),
  );
  promised(
    "finds customers by any clause, each document once",
    instance(async ({ directory, put }) => {
      await put("customers_v2", [
        { _id: oid(1), id: "c-1", phone: "9876500001", user_id: "u-1" },
        { _id: oid(2), id: "c-2", phone: 9876500002 },
        { _id: "own-key", id: "c-3" },
        { _id: oid(4), id: "c-4", user_id: "u-4" },
      ]);
      const every = await directory.findCustomers({
        ids: ["c-1"],
        userIds: ["u-1"],
        phones: ["9876500001", 9876500002],
        keys: [keyOf("own-key"), keyOf(oid(1))],
      });
      expect(idsOf(every)).toEqual(["c-1", "c-2", "c-3"]);
      expect(idsOf(await directory.findCustomers({ ids: ["c-4"] }))).toEqual(["c-4"]);
      expect(idsOf(await directory.findCustomers({ userIds: ["u-4"] }))).toEqual(["c-4"]);
      expect(idsOf(await directory.findCustomers({ phones: [9876500002] }))).toEqual(["c-2"]);
      expect(idsOf(await directory.findCustomers({ keys: [keyOf(oid(2))] }))).toEqual(["c-2"]);
      expect(await directory.findCustomers({ ids: ["c-5"], keys: [keyOf(oid(5))] })).toEqual([]);
    }),
  );
  promised(
    "sends nothing for an empty query, and finds nothing",
    instance(async ({ directory, put, commands }) => {
      await put("users", [{}, { phone: null, id: null }, { phone: "", id: "", email: "" }]);
      await put("customers_v2", [{}, { phone: null, user_id: null }, { phone: "", user_id: "" }]);
      const before = commands?.();
      const none = { ids: [], phones: [] };
      expect(await directory.findUsers({})).toEqual([]);
      expect(await directory.findCustomers({})).toEqual([]);
      const users = { ...none, objectIds: [], customerIds: [], marks: [], emails: [], roles: [] };
      expect(await directory.findUsers(users)).toEqual([]);
      expect(await directory.findCustomers({ ...none, userIds: [], keys: [] })).toEqual([]);
      expect(commands?.()).toBe(before);
    }),
  );
  promised(
    "sends one command for a query of every clause",
    instance(async ({ directory, put, commands }, context) => {
      if (commands === undefined) return context.skip("this backend counts no commands");
      await put("users", [{ id: "u-1" }, { id: "u-1" }]);
      await put("customers_v2", [{ id: "c-1" }]);
      // The first use of a connection may have to introduce itself.
      await directory.findUsers({ ids: ["u-1"] });
      const before = commands();
      const both = { ids: ["u-1", "c-1"], phones: ["1", 1] };
      const users = { ...both, objectIds: [hex(1)], customerIds: ["c-1"], emails: ["a@b.in"] };
      expect(await directory.findUsers(users)).toHaveLength(2);
      expect(commands() - before).toBe(1);
      await directory.findCustomers({ ...both, userIds: ["u-1"], keys: [keyOf(oid(1))] });
      expect(commands() - before).toBe(2);
    }),
  );
}

function declareDocuments(promised: Promised, instance: With): void {
  promised(
    "gives every field as stored, and `_id` as key alone",
    instance(async ({ directory, put }) => {
      const fields = {
        id: "c-1",
        name: "आशा \0 \u2028",
        user_id: null,
        notes: "",
        location: { lat: 12.9716, lng: 77.5946, tags: [1, "1", null, { deep: [] }] },
        previous_balance: -12.5,
      };
      await put("customers_v2", [{ _id: oid(1), ...fields }]);
      const found = await readOne(directory, "customers_v2", "c-1");
      expect(found).toEqual({ key: keyOf(oid(1)), objectId: hex(1), fields, idShared: false });
      expect(Object.hasOwn(found.fields, "phone")).toBe(false);
      expect(Object.hasOwn(found.fields, "_id")).toBe(false);
    }),
  );
  promised(
    "tells an ObjectId from a text of the same digits, and from a number",
    instance(async ({ directory, put }) => {
      await put("users", [
        { _id: oid(1), id: "object" },
        { _id: hex(1), id: "text" },
        { _id: 7, id: "number" },
      ]);
      const keys = await Promise.all(
        ["object", "text", "number"].map(async (id) => {
          const { key, objectId } = await readOne(directory, "users", id);
          return [key, objectId];
        }),
      );
      expect(keys).toEqual([
        [`{"$oid":"${hex(1)}"}`, hex(1)],
        [`"${hex(1)}"`, null],
        ['{"$numberInt":"7"}', null],
      ]);
      expect(idsOf(await directory.findUsers({ objectIds: [hex(1)] }))).toEqual(["object"]);
      const capitals = { objectIds: [hex(1).toUpperCase()] };
      expect(idsOf(await directory.findUsers(capitals))).toEqual(["object"]);
    }),
  );
  promised(
    "finds a customer by the key that it gave, whatever type `_id` has",
    instance(async ({ directory, put }) => {
      const ids = [oid(1), hex(1), 7, "7", "", 'a"b\0c'];
      await put(
        "customers_v2",
        ids.map((_id, index) => ({ _id, id: `c-${index}` })),
      );
      for (const index of ids.keys()) {
        const { key } = await readOne(directory, "customers_v2", `c-${index}`);
        expect(idsOf(await directory.findCustomers({ keys: [key] }))).toEqual([`c-${index}`]);
      }
    }),
  );
  promised(
    "reads what another connection wrote, at once",
    instance(async ({ directory, other, put }) => {
      await put("users", [{ _id: oid(1), id: "u-1", name: "Asha" }]);
      const read = await readOne(directory, "users", "u-1");
      expect(await other.changeUser(read, [], { set: { name: "Usha" } })).toBe("applied");
      expect((await readOne(directory, "users", "u-1")).fields.name).toBe("Usha");
      expect(await other.insertUser(hex(2), { id: "u-2" })).toBe("inserted");
      expect(await directory.findUsers({ objectIds: [hex(2)] })).toHaveLength(1);
    }),
  );
}
