import { expect } from "vitest";
import type { StoredDocument } from "../../../src/core/linking/documents.ts";
import type { Promised } from "../state/promise.ts";
import { byId, COLLECTIONS, change, oid, type With } from "./directory-instance.ts";

const write = (read: StoredDocument, set: Readonly<Record<string, unknown>>) => ({
  read,
  guards: ["name"],
  change: { set: { ...set, updated_at: `time of ${String(read.fields["id"])}` } },
});

export function declareMany(promised: Promised, instance: With): void {
  for (const collection of COLLECTIONS) {
    promised(
      `makes many guarded writes of ${collection}, each for itself, and tells which were lost`,
      instance(async ({ directory, other, put, documents }) => {
        await put(
          collection,
          Array.from({ length: 6 }, (_, n) => ({ _id: oid(n), id: `${n}`, name: "A", n })),
        );
        const page = await directory.pageOf(collection, null, 10);
        const moved = page.find(({ fields }) => fields["id"] === "2");
        if (moved === undefined) throw new Error("no document");
        await change(other, collection, moved, [], { set: { name: "B" } });
        const writes = page.map((read) => write(read, { mark: 1 }));
        const outcomes = await directory.changeMany(collection, writes);
        const told = Object.fromEntries(
          page.map(({ fields }, at) => [String(fields["id"]), outcomes[at]]),
        );
        const applied = ["0", "1", "3", "4", "5"].map((id) => [id, "applied"]);
        expect(told).toEqual({ ...Object.fromEntries(applied), "2": "lost" });
        expect(byId(await documents(collection)).map(({ mark }) => mark ?? null)).toEqual([
          ...[1, 1, null, 1, 1, 1],
        ]);
        expect(await directory.changeMany(collection, [])).toEqual([]);
      }),
    );
    promised(
      `makes two writes of one of the ${collection} in their order, and tells each apart`,
      instance(async ({ directory, put, documents }) => {
        await put(collection, [{ _id: oid(1), id: "1", name: "A" }]);
        const [read] = await directory.pageOf(collection, null, 1);
        if (read === undefined) throw new Error("no document");
        const at = (time: string, set: object) => ({
          read,
          guards: ["name"],
          change: { set: { ...set, updated_at: time } },
        });
        const [first, second, third] = [
          at("first", { mark: 1 }),
          at("second", { name: "B" }),
          // Judged by a name that the second has changed.
          at("third", { mark: 3 }),
        ];
        const outcomes = await directory.changeMany(collection, [first, second, third]);
        expect(outcomes).toEqual(["applied", "applied", "lost"]);
        expect(await documents(collection)).toMatchObject([
          { name: "B", mark: 1, updated_at: "second" },
        ]);
      }),
    );
  }
  promised(
    "tells which of many writes a unique index refused, and makes the others",
    instance(
      async ({ directory, put, documents }) => {
        await put(
          "customers_v2",
          Array.from({ length: 4 }, (_, n) => ({
            _id: oid(n),
            id: `${n}`,
            name: "A",
            user_id: `u-${n}`,
          })),
        );
        const page = await directory.pageOf("customers_v2", null, 10);
        const writes = page.map((read) => {
          const { id } = read.fields;
          return write(read, { user_id: id === "1" ? "u-0" : `new-${String(id)}` });
        });
        // The first is written first, so that its value is free by then, or refused as well.
        const outcomes = await directory.changeMany("customers_v2", writes.slice(1));
        expect(outcomes).toEqual(["duplicate", "applied", "applied"]);
        expect(byId(await documents("customers_v2")).map(({ user_id }) => user_id)).toEqual([
          ...["u-0", "u-1", "new-2", "new-3"],
        ]);
      },
      { unique: true },
    ),
  );
}
