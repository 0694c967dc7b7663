import { expect } from "vitest";
import type { Promised } from "../state/promise.ts";
import { change, hex, oid, readOne, type With } from "./directory-instance.ts";

export function declareShared(promised: Promised, instance: With): void {
  promised(
    "says when another document has the same id, found or not",
    instance(async ({ directory, put }) => {
      await put("users", [
        { _id: oid(1), id: "twin", phone: "1" },
        { _id: hex(1), id: "twin" },
        { _id: oid(3), id: "only", phone: "1" },
      ]);
      const found = await directory.findUsers({ phones: ["1"] });
      const shared = Object.fromEntries(found.map((user) => [user.fields.id, user.idShared]));
      expect(shared).toEqual({ twin: true, only: false });
      const [twin] = found.filter((user) => user.idShared);
      if (twin === undefined) throw new Error("no twin");
      expect(await change(directory, "users", twin, [], { set: { id: "moved" } })).toBe("applied");
      expect((await readOne(directory, "users", "twin")).idShared).toBe(false);
    }),
  );
  promised(
    "says so of customers, and takes no user for a customer's twin",
    instance(async ({ directory, put }) => {
      await put("customers_v2", [{ id: "a" }, { id: "b", phone: "1" }, { id: "b", phone: "2" }]);
      await put("users", [{ id: "a" }]);
      expect((await readOne(directory, "customers_v2", "a")).idShared).toBe(false);
      const twins = await directory.findCustomers({ phones: ["1", "2"] });
      expect(twins.map(({ idShared }) => idShared)).toEqual([true, true]);
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
