import { expect } from "vitest";
import type { Promised } from "../state/promise.ts";
import { oid, type With } from "./directory-instance.ts";

const WIDE = { maxMs: 20_000, maxDocuments: 10_000 };
/** More than any adapter reads in one go. */
const MANY = 1200;

export function declareScan(promised: Promised, instance: With): void {
  promised(
    "scans every customer's phone as stored, and gives the keys that satisfy",
    instance(async ({ directory, put }) => {
      const phones = ["9876500001", null, 9876500002, ["x"], { a: 1 }, "", true];
      await put("customers_v2", [
        { _id: oid(99), id: "no phone" },
        ...phones.map((phone, index) => ({ _id: oid(index), phone })),
      ]);
      await put("users", [{ phone: "a user's" }]);
      const seen: unknown[] = [];
      const keys = await directory.scanCustomers((phone) => {
        seen.push(phone);
        return typeof phone === "number" || phone === undefined;
      }, WIDE);
      const sorted = (values: unknown[]) => values.map((value) => JSON.stringify(value)).sort();
      expect(sorted(seen)).toEqual(sorted([undefined, ...phones]));
      expect(sorted(keys)).toEqual(sorted([JSON.stringify(oid(99)), JSON.stringify(oid(2))]));
      expect(await directory.scanCustomers(() => false, WIDE)).toEqual([]);
    }),
  );
  promised(
    "scans a collection of many pages, each document once",
    instance(async ({ directory, put }) => {
      await put(
        "customers_v2",
        Array.from({ length: MANY }, (_, n) => ({ id: `c-${n}`, phone: String(n) })),
      );
      const seen = new Set<unknown>();
      const keys = await directory.scanCustomers((phone) => !!seen.add(phone), WIDE);
      expect([seen.size, new Set(keys).size, keys.length]).toEqual([MANY, MANY, MANY]);
    }),
  );
  promised(
    "asks about every text unlike the given ones, a line break at the end included",
    instance(async ({ directory, put }) => {
      const [listed, unlisted] = [
        /^(?:\+91)?\d{4}$/,
        ["12345", "x1234", "1234\n", " ", "+911234x"],
      ];
      const phones = ["1234", "+911234", ...unlisted, null, 1234, ["12345"], { a: 1 }];
      await put(
        "customers_v2",
        phones.map((phone, index) => ({ _id: oid(index), phone })),
      );
      const seen: unknown[] = [];
      const look = (phone: unknown) => seen.push(phone) > 0;
      await directory.scanCustomers(look, { ...WIDE, textsUnlike: listed });
      expect(seen).toEqual(expect.arrayContaining(unlisted));
    }),
  );
  promised(
    "looks at no more documents than its bound",
    instance(async ({ directory, put }) => {
      await put(
        "customers_v2",
        Array.from({ length: 450 }, (_, n) => ({ phone: String(n) })),
      );
      for (const maxDocuments of [0, 1, 200, 333, 450, 451]) {
        let looked = 0;
        const keys = await directory.scanCustomers(() => ++looked > 0, { ...WIDE, maxDocuments });
        expect([looked, keys.length]).toEqual(Array(2).fill(Math.min(maxDocuments, 450)));
      }
    }),
  );
  promised(
    "ends a scan that takes longer than its bound, with what it has found",
    instance(async ({ directory, put }) => {
      await put(
        "customers_v2",
        Array.from({ length: 400 }, (_, n) => ({ phone: String(n) })),
      );
      let looked = 0;
      const slow = () => {
        const until = performance.now() + 5;
        while (performance.now() < until);
        return ++looked > 0;
      };
      const started = performance.now();
      const keys = await directory.scanCustomers(slow, { ...WIDE, maxMs: 250 });
      expect(performance.now() - started).toBeLessThan(1000);
      expect(looked).toBeLessThan(200);
      expect(keys.length).toBe(looked);
      expect(looked).toBeGreaterThan(0);
    }),
  );
}
