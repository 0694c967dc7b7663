import { expect } from "vitest";
import type { DocumentKey } from "../../../src/core/ids.ts";
import type { StoredDocument } from "../../../src/core/linking/documents.ts";
import type { Directory } from "../../../src/ports/directory.ts";
import type { Promised } from "../state/promise.ts";
import { COLLECTIONS, type Collection, hex, oid, type With } from "./directory-instance.ts";

/** `_id`s of the types that imports and hands have left, each type with two. */
const MIXED: readonly unknown[] = [
  ...[7, 8, 2.5, { $numberLong: "9007199254740993" }],
  ...["", "7", "b", 'a"b', "आशा", hex(1)],
  ...[oid(1), oid(2), oid(3)],
  ...[true, false, null],
];

/** Walks to the end, with each key going through text, as a cursor file keeps it. */
async function walk(
  directory: Directory,
  collection: Collection,
  limit: number,
  onPage: (page: readonly StoredDocument[]) => Promise<void> = async () => undefined,
): Promise<StoredDocument[]> {
  const all: StoredDocument[] = [];
  let after: DocumentKey | null = null;
  for (;;) {
    const page: StoredDocument[] = await directory.pageOf(collection, after, limit);
    expect(page.length).toBeLessThanOrEqual(limit);
    if (page.length === 0) return all;
    all.push(...page);
    after = JSON.parse(JSON.stringify(page.at(-1)?.key)) as DocumentKey;
    await onPage(page);
  }
}

const idsOf = (found: readonly StoredDocument[]): unknown[] => found.map(({ fields }) => fields.id);
const keysOf = (found: readonly StoredDocument[]): string[] => found.map(({ key }) => key);

export function declarePages(promised: Promised, instance: With): void {
  for (const collection of COLLECTIONS) {
    promised(
      `gives each document of ${collection} once, whatever types the keys have and however long a page is`,
      instance(async ({ directory, other, put }) => {
        await put(
          collection,
          MIXED.map((_id, index) => ({ _id, id: `d-${index}`, phone: "1" })),
        );
        const wanted = MIXED.map((_, index) => `d-${index}`).sort();
        const whole = await walk(directory, collection, 1000);
        expect(idsOf(whole).sort()).toEqual(wanted);
        for (const limit of [1, 3, 5]) {
          expect(keysOf(await walk(other, collection, limit))).toEqual(keysOf(whole));
        }
      }),
    );
  }
  promised(
    "gives the documents of a page as a query gives them, and says which ids are shared",
    instance(async ({ directory, put }) => {
      const fields = { phone: "9876500001", note: null, tags: [1, { a: "आशा" }] };
      await put("customers_v2", [
        { _id: oid(1), id: "c-1", ...fields },
        { _id: oid(2), id: "duplicate" },
        { _id: "own", id: "duplicate" },
      ]);
      const page = await directory.pageOf("customers_v2", null, 10);
      const shared = Object.fromEntries(page.map((one) => [one.key, one.idShared]));
      expect(Object.values(shared).sort()).toEqual([false, true, true]);
      const [found] = await directory.findCustomers({ ids: ["c-1"] });
      expect(page.find(({ fields: { id } }) => id === "c-1")).toEqual(found);
      expect(await directory.pageOf("users", null, 10)).toEqual([]);
    }),
  );
  promised(
    "gives what stands from the start to the end of a walk once, while others come and go",
    instance(async ({ directory, other, put }) => {
      await put(
        "users",
        Array.from({ length: 20 }, (_, n) => ({ _id: oid(10 * n), id: `u-${n}` })),
      );
      let turn = 0;
      const found = await walk(directory, "users", 3, async ([document]) => {
        turn++;
        if (turn > 5 || document === undefined) return;
        await other.insertUser(hex(10 * turn + 1), { id: `new-${turn}` });
        await other.insertUser(hex(1000 + turn), { id: `last-${turn}` });
        await other.removeDocument("users", document);
      });
      expect(new Set(keysOf(found)).size).toBe(found.length);
      const stood = Array.from({ length: 20 }, (_, n) => `u-${n}`);
      expect(idsOf(found)).toEqual(expect.arrayContaining(stood));
    }),
  );
}
