import { expect } from "vitest";
import { expectUnavailable, type Promised } from "../state/promise.ts";
import { hex, oid, readOne, type With } from "./directory-instance.ts";

export function declareFailures(promised: Promised, instance: With): void {
  promised(
    "checks out where the store can serve",
    instance(async ({ directory, other }) => {
      await expect(directory.check()).resolves.toBeUndefined();
      await expect(other.check()).resolves.toBeUndefined();
    }),
  );
  promised(
    "says `unavailable` in time when the store is down, on every call",
    instance(async ({ directory, put, breakIt }, context) => {
      if (breakIt === undefined) return context.skip("this backend cannot be broken");
      await put("users", [{ _id: oid(1), id: "u-1", phone: "9876500001" }]);
      await put("customers_v2", [{ _id: oid(1), id: "c-1", phone: "9876500001" }]);
      const user = await readOne(directory, "users", "u-1");
      const customer = await readOne(directory, "customers_v2", "c-1");
      await breakIt();
      const set = { set: { name: "Asha" } };
      const bounds = { maxMs: 1000, maxDocuments: 10 };
      await expectUnavailable({
        findUsers: () => directory.findUsers({ phones: ["9876500001"] }),
        findCustomers: () => directory.findCustomers({ ids: ["c-1"] }),
        scanCustomers: () => directory.scanCustomers(() => true, bounds),
        changeUser: () => directory.changeUser(user, ["phone"], set),
        changeCustomer: () => directory.changeCustomer(customer, ["phone"], set),
        insertUser: () => directory.insertUser(hex(2), { id: "u-2" }),
        insertCustomer: () => directory.insertCustomer(hex(2), { id: "c-2" }),
        removeDocument: () => directory.removeDocument("users", user),
        pageOf: () => directory.pageOf("users", null, 10),
        check: () => directory.check(),
      });
      expect(await directory.findUsers({ ids: [] })).toEqual([]);
    }),
  );
}
