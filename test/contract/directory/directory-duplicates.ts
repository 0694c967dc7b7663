import { expect } from "vitest";
import type { Promised } from "../state/promise.ts";
import { byId, hex, oid, readOne, type With } from "./directory-instance.ts";

export function declareDuplicates(promised: Promised, instance: With): void {
  promised(
    "says `duplicate` where a unique e-mail index refuses, and changes nothing",
    instance(
      async ({ directory, put, documents }) => {
        const before = [
          { _id: oid(1), id: "u-1", email: "one@example.com" },
          { _id: oid(2), id: "u-2", email: "two@example.com" },
        ];
        await put("users", before);
        const read = await readOne(directory, "users", "u-2");
        const taken = { set: { email: "one@example.com", name: "Asha" } };
        expect(await directory.changeUser(read, ["email"], taken)).toBe("duplicate");
        const third = { id: "u-3", email: "one@example.com" };
        expect(await directory.insertUser(hex(3), third)).toBe("duplicate");
        expect(byId(await documents("users"))).toEqual(before);
      },
      { unique: true },
    ),
  );
  promised(
    "says `duplicate` of a second user without e-mail where that index is not sparse",
    instance(
      async ({ directory, documents }) => {
        expect(await directory.insertUser(hex(1), { id: "u-1" })).toBe("inserted");
        expect(await directory.insertUser(hex(2), { id: "u-2" })).toBe("duplicate");
        expect(await directory.insertUser(hex(2), { id: "u-2", email: null })).toBe("duplicate");
        expect(await documents("users")).toEqual([{ _id: oid(1), id: "u-1" }]);
      },
      { unique: true },
    ),
  );
  promised(
    "says `duplicate-key` of a user inserted twice, unique e-mail or not",
    instance(
      async ({ directory, documents }) => {
        const user = { id: "u-1", email: "one@example.com" };
        expect(await directory.insertUser(hex(1), user)).toBe("inserted");
        expect(await directory.insertUser(hex(1), user)).toBe("duplicate-key");
        expect(await documents("users")).toHaveLength(1);
      },
      { unique: true },
    ),
  );
  promised(
    "says `duplicate` where a unique user_id index refuses, null and missing being one value",
    instance(
      async ({ directory, put, documents }) => {
        const before = [
          { _id: oid(1), id: "c-1", user_id: "u-1" },
          { _id: oid(2), id: "c-2", user_id: "u-2" },
          { _id: oid(3), id: "c-3" },
        ];
        await put("customers_v2", before);
        const read = await readOne(directory, "customers_v2", "c-2");
        const changes = [{ user_id: "u-1" }, { user_id: null }].map((set) => ({ set }));
        for (const what of [...changes, { set: {}, unset: ["user_id"] }]) {
          expect(await directory.changeCustomer(read, ["user_id"], what)).toBe("duplicate");
        }
        expect(byId(await documents("customers_v2"))).toEqual(before);
        const free = { set: { user_id: "u-9" } };
        expect(await directory.changeCustomer(read, ["user_id"], free)).toBe("applied");
      },
      { unique: true },
    ),
  );
}
