import { expect } from "vitest";
import type { Promised } from "../state/promise.ts";
import { COLLECTIONS, change, hex, oid, readOne, type With } from "./directory-instance.ts";

export function declareRemovals(promised: Promised, instance: With): void {
  for (const collection of COLLECTIONS) {
    promised(
      `removes the document of ${collection} that is exactly as read, and no other`,
      instance(async ({ directory, put, documents }) => {
        const fields = { id: "1", phone: null, tags: [1, { a: 2 }], nested: { a: "x" }, n: 5 };
        await put(collection, [
          { _id: oid(1), ...fields },
          { _id: hex(1), ...fields, id: "2" },
        ]);
        const read = await readOne(directory, collection, "1");
        expect(await directory.removeDocument(collection, read)).toBe("applied");
        expect(await documents(collection)).toEqual([{ _id: hex(1), ...fields, id: "2" }]);
        expect(await directory.removeDocument(collection, read), "gone already").toBe("applied");
      }),
    );
    promised(
      `leaves a document of ${collection} in which any field changed, came or went`,
      instance(async ({ directory, other, put, documents }) => {
        const changes = [
          { set: { phone: "2" } },
          { set: { id: "other" } },
          { set: { phone: null } },
          { set: { new_field: null } },
          { set: {}, unset: ["name"] },
          { set: { tags: [1, "2"] } },
        ];
        for (const [index, what] of changes.entries()) {
          await put(collection, [
            { _id: oid(index), id: `${index}`, phone: "1", name: "A", tags: [1] },
          ]);
          const read = await readOne(directory, collection, `${index}`);
          expect(await change(other, collection, read, [], what)).toBe("applied");
          expect(await directory.removeDocument(collection, read), `${index}`).toBe("lost");
        }
        expect(await documents(collection)).toHaveLength(changes.length);
      }),
    );
  }
  promised(
    "inserts a customer as given, and refuses an `_id` that exists and a value that is held",
    instance(
      async ({ directory, other, documents }) => {
        const fields = { id: "c-1", name: "आशा", phone: "1", user_id: "u-1", nested: { a: [1] } };
        expect(await directory.insertCustomer(hex(1), fields)).toBe("inserted");
        expect(await other.insertCustomer(hex(1), { id: "c-2", user_id: "u-2" })).toBe(
          "duplicate-key",
        );
        expect(await other.insertCustomer(hex(2), { id: "c-2", user_id: "u-1" })).toBe("duplicate");
        expect(await documents("customers_v2")).toEqual([{ _id: oid(1), ...fields }]);
      },
      { unique: true },
    ),
  );
}
