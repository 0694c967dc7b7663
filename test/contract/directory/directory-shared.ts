import { expect } from "vitest";
import type { Promised } from "../state/promise.ts";
import { change, hex, oid, readOne, type With } from "./directory-instance.ts";

export function declareShared(promised: Promised, instance: With): void {
  promised(
    "says when another document has the same id, found or not",
    instance(async ({ directory, put }) => {
      await put("users", [
        { _id: oid(1), id: "duplicate", phone: "1" },
        { _id: hex(1), id: "duplicate" },
        { _id: oid(3), id: "only", phone: "1" },
      ]);
      const found = await directory.findUsers({ phones: ["1"] });
      const shared = Object.fromEntries(found.map((user) => [user.fields.id, user.idShared]));
      expect(shared).toEqual({ duplicate: true, only: false });
      const [duplicate] = found.filter((user) => user.idShared);
      if (duplicate === undefined) throw new Error("no duplicate");
      expect(await change(directory, "users", duplicate, [], { set: { id: "moved" } })).toBe(
        "applied",
      );
      expect((await readOne(directory, "users", "duplicate")).idShared).toBe(false);
    }),
  );
  promised(
    "says so of customers, and takes no user for a customer's duplicate",
    instance(async ({ directory, put }) => {
      await put("customers_v2", [{ id: "a" }, { id: "b", phone: "1" }, { id: "b", phone: "2" }]);
      await put("users", [{ id: "a" }]);
      expect((await readOne(directory, "customers_v2", "a")).idShared).toBe(false);
      const duplicates = await directory.findCustomers({ phones: ["1", "2"] });
      expect(duplicates.map(({ idShared }) => idShared)).toEqual([true, true]);
    }),
  );
  promised(
    "takes a missing or null id for nobody's, and an id of another type for another",
    instance(async ({ directory, put }) => {
      const ids = [{}, {}, { id: null }, { id: null }, { id: "5" }, { id: 5 }, { id: ["5"] }];
      await put(
        "users",
        ids.map((id) => ({ ...id, phone: "1" })),
      );
      const found = await directory.findUsers({ phones: ["1"] });
      expect(found.map(({ idShared }) => idShared)).toEqual(ids.map(() => false));
    }),
  );
}
