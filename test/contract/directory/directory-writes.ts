import { expect } from "vitest";
import type { Promised } from "../state/promise.ts";
import {
  byId,
  COLLECTIONS,
  change,
  type DirectoryInstance,
  hex,
  oid,
  readOne,
  type With,
} from "./directory-instance.ts";

const PARALLEL = 50;

const count = (outcomes: readonly string[], outcome: string): number =>
  outcomes.filter((one) => one === outcome).length;

/** The connections in turn, as requests reach several processes. */
const handle = ({ directory, other }: DirectoryInstance, index: number) =>
  index % 2 === 0 ? directory : other;

export function declareWrites(promised: Promised, instance: With): void {
  declareChanges(promised, instance);
  declareRaces(promised, instance);
  declareInserts(promised, instance);
}

function declareChanges(promised: Promised, instance: With): void {
  for (const collection of COLLECTIONS) {
    promised(
      `sets and unsets what the change names in ${collection}, and nothing else`,
      instance(async ({ directory, put, documents }) => {
        const kept = { id: "1", tags: [1, { a: null }], empty: null, when: at("2024-03-01") };
        await put(collection, [
          { _id: oid(1), ...kept, name: "Asha", password: "x" },
          { _id: oid(2), ...kept, id: "2", name: "Asha", password: "x" },
        ]);
        const read = await readOne(directory, collection, "1");
        const what = { set: { name: "Usha", note: { a: [1] } }, unset: ["password", "absent"] };
        expect(await change(directory, collection, read, ["name"], what)).toBe("applied");
        expect(byId(await documents(collection))).toEqual([
          { _id: oid(1), ...kept, name: "Usha", note: { a: [1] } },
          { _id: oid(2), ...kept, id: "2", name: "Asha", password: "x" },
        ]);
      }),
    );
    promised(
      `changes the document of ${collection} with that very \`_id\`, not its duplicates`,
      instance(async ({ directory, put, documents }) => {
        const duplicates = [oid(1), hex(1), oid(2)].map((_id) => ({
          _id,
          id: "duplicate",
          phone: "1",
        }));
        await put(collection, duplicates);
        const query = { phones: ["1"] };
        const found = await (collection === "users"
          ? directory.findUsers(query)
          : directory.findCustomers(query));
        const text = found.find(({ objectId }) => objectId === null);
        if (text === undefined) throw new Error("the text `_id` was not found");
        const what = { set: { phone: "2" } };
        expect(await change(directory, collection, text, ["phone"], what)).toBe("applied");
        const changed = (await documents(collection)).filter(({ phone }) => phone === "2");
        expect(changed).toEqual([{ _id: hex(1), id: "duplicate", phone: "2" }]);
      }),
    );
  }
}

function declareRaces(promised: Promised, instance: With): void {
  promised(
    `lets one of ${PARALLEL} parallel writes with one guard win`,
    instance(async (made) => {
      await made.put("users", [{ _id: oid(1), id: "u-1", customer_v2_id: null }]);
      const read = await readOne(made.directory, "users", "u-1");
      const outcomes = await Promise.all(
        Array.from({ length: PARALLEL }, (_, index) =>
          handle(made, index).changeUser(read, ["customer_v2_id"], {
            set: { customer_v2_id: `c-${index}` },
          }),
        ),
      );
      expect([count(outcomes, "applied"), count(outcomes, "lost")]).toEqual([1, PARALLEL - 1]);
      const [user] = await made.documents("users");
      expect(user?.customer_v2_id).toBe(`c-${outcomes.indexOf("applied")}`);
    }),
  );
  promised(
    "loses none of many parallel writes to fields that none of them guards",
    instance(async (made) => {
      await made.put("customers_v2", [{ _id: oid(1), id: "c-1" }]);
      const read = await readOne(made.directory, "customers_v2", "c-1");
      const fields = Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`f${n}`, n]));
      const outcomes = await Promise.all(
        Object.entries(fields).map(([field, n]) =>
          handle(made, n).changeCustomer(read, [field], { set: { [field]: n } }),
        ),
      );
      expect(count(outcomes, "applied")).toBe(20);
      expect(await made.documents("customers_v2")).toEqual([{ _id: oid(1), id: "c-1", ...fields }]);
    }),
  );
}

function declareInserts(promised: Promised, instance: With): void {
  promised(
    "inserts a user as given, under the ObjectId",
    instance(async ({ directory, documents }) => {
      const fields = { id: "u-1", name: "आशा", phone: null, is_active: true, nested: { a: [1] } };
      expect(await directory.insertUser(hex(1), fields)).toBe("inserted");
      expect(await documents("users")).toEqual([{ _id: oid(1), ...fields }]);
      const [found] = await directory.findUsers({ objectIds: [hex(1)] });
      expect(found).toMatchObject({ objectId: hex(1), fields });
    }),
  );
  promised(
    "refuses an `_id` that exists, and leaves its document alone",
    instance(async ({ directory, other, put, documents }) => {
      await put("users", [{ _id: oid(1), id: "u-1" }]);
      expect(await directory.insertUser(hex(1), { id: "u-2" })).toBe("duplicate-key");
      expect(await other.insertUser(hex(1).toUpperCase(), { id: "u-3" })).toBe("duplicate-key");
      expect(await documents("users")).toEqual([{ _id: oid(1), id: "u-1" }]);
    }),
  );
  promised(
    `lets one of ${PARALLEL} parallel inserts of one \`_id\` in`,
    instance(async (made) => {
      const outcomes = await Promise.all(
        Array.from({ length: PARALLEL }, (_, index) =>
          handle(made, index).insertUser(hex(1), { id: `u-${index}` }),
        ),
      );
      expect([count(outcomes, "inserted"), count(outcomes, "duplicate-key")]).toEqual([
        1,
        PARALLEL - 1,
      ]);
      const winner = `u-${outcomes.indexOf("inserted")}`;
      expect(await made.documents("users")).toEqual([{ _id: oid(1), id: winner }]);
    }),
  );
}

const at = (day: string) => ({ $date: `${day}T10:00:00.123Z` });
