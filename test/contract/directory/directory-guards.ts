import { expect } from "vitest";
import { ODD_TEXTS, type Promised } from "../state/promise.ts";
import {
  COLLECTIONS,
  change,
  type DirectoryInstance,
  oid,
  readOne,
  type With,
} from "./directory-instance.ts";

const MISSING = Symbol("missing");
const date = (text: string) => ({ $date: text });

/** What the guarded field was when read, and what somebody made of it before the write. */
const CHANGED: Readonly<Record<string, readonly [unknown, unknown]>> = {
  "another text": ["a", "b"],
  "the text in capitals": ["a", "A"],
  "the text with a blank": ["a", "a "],
  "the text composed otherwise": ["é", "e\u0301"],
  "a text where none was": [MISSING, "a"],
  "null where none was": [MISSING, null],
  "nothing where null was": [null, MISSING],
  "nothing where a text was": ["a", MISSING],
  "null where an empty text was": ["", null],
  "an empty text where none was": [MISSING, ""],
  "the text as number": ["5", 5],
  "the number as text": [5, "5"],
  "a number close by": [5, 5.5],
  "1 for true": [true, 1],
  "0 for false": [false, 0],
  "false where none was": [MISSING, false],
  "an array that holds the text": ["a", ["a"]],
  "an array that holds the array": [["a"], [["a"]]],
  "an array that holds null": [null, [null]],
  "an array that holds null where none was": [MISSING, [null]],
  "an empty array where none was": [MISSING, []],
  "one element more": [["a"], ["a", "b"]],
  "the elements in another order": [
    ["a", "b"],
    ["b", "a"],
  ],
  "one field more": [{ a: 1 }, { a: 1, b: 2 }],
  "one field less": [{ a: 1, b: 2 }, { a: 1 }],
  "another value deep inside": [{ a: { b: [1, "x"] } }, { a: { b: [1, "y"] } }],
  "an empty array for an empty object": [{}, []],
  "another date": [date("2024-03-01T10:00:00.123Z"), date("2024-03-01T10:00:00.124Z")],
  "the date as text": [date("2024-03-01T10:00:00.123Z"), "2024-03-01T10:00:00.123Z"],
};

/** What a guard must recognise as unchanged, those that look like a query's own words included. */
const UNCHANGED: readonly unknown[] = [
  MISSING,
  null,
  0,
  5,
  -1.5,
  9876500001,
  true,
  false,
  [],
  {},
  ["a", null, 1],
  { a: { b: [1, null, { c: "$a" }] } },
  date("2024-03-01T10:00:00.123Z"),
  ...ODD_TEXTS,
];

const withField = (id: string, n: number, value: unknown) => ({
  _id: oid(n),
  id,
  ...(value === MISSING ? {} : { field: value }),
});

export function declareGuards(promised: Promised, instance: With): void {
  for (const [what, [before, after]] of Object.entries(CHANGED)) {
    promised(
      `loses a write when the guarded field became ${what}`,
      instance(async (made) => expectLost(made, before, after)),
    );
  }
  promised(
    "loses a write when the guarded field became another operator-like object",
    // A PATCH of the legacy API stores any JSON: as a filter, this one would match everything.
    instance(async (made) => expectLost(made, { $gt: "" }, "u-9")),
  );
  promised(
    "applies a write whose guarded field is as it was read, whatever it holds",
    instance(async ({ directory, put }) => {
      await put(
        "customers_v2",
        UNCHANGED.map((value, n) => withField(`c-${n}`, n, value)),
      );
      for (const [n, value] of UNCHANGED.entries()) {
        const read = await readOne(directory, "customers_v2", `c-${n}`);
        const set = { set: { mark: true } };
        const outcome = await directory.changeCustomer(read, ["field", "id", "gone"], set);
        expect(outcome, String(value).slice(0, 30)).toBe("applied");
      }
    }),
  );
  declareIdentity(promised, instance);
}

async function expectLost(
  { directory, put, documents }: DirectoryInstance,
  before: unknown,
  after: unknown,
): Promise<void> {
  for (const collection of COLLECTIONS) {
    await put(collection, [withField("1", 1, before)]);
    const read = await readOne(directory, collection, "1");
    const meanwhile = withField("1", 1, after);
    await put(collection, [meanwhile]);
    const set = { set: { field: "mine", extra: 1 } };
    expect(await change(directory, collection, read, ["name", "field"], set)).toBe("lost");
    expect(await documents(collection)).toEqual([meanwhile]);
  }
}

function declareIdentity(promised: Promised, instance: With): void {
  const set = { set: { name: "Usha" } };
  for (const collection of COLLECTIONS) {
    promised(
      `loses a write to ${collection} when \`id\` changed or the document went, guards or not`,
      instance(async ({ directory, put, clear, documents }) => {
        await put(collection, [{ _id: oid(1), id: "5" }]);
        const read = await readOne(directory, collection, "5");
        for (const other of [{ id: "6" }, { id: 5 }, { id: null }, { id: ["5"] }, {}]) {
          await put(collection, [{ _id: oid(1), ...other }]);
          expect(await change(directory, collection, read, [], set)).toBe("lost");
          expect(await documents(collection)).toEqual([{ _id: oid(1), ...other }]);
        }
        await clear(collection);
        expect(await change(directory, collection, read, [], set)).toBe("lost");
        expect(await documents(collection)).toEqual([]);
      }),
    );
    promised(
      `applies a write to ${collection} over a change that it does not guard, and keeps that`,
      instance(async ({ directory, put, documents }) => {
        await put(collection, [{ _id: oid(1), id: "1", name: "Asha", notes: "old" }]);
        const read = await readOne(directory, collection, "1");
        await put(collection, [{ _id: oid(1), id: "1", name: "Asha", notes: "new", area: "A" }]);
        expect(await change(directory, collection, read, ["name"], set)).toBe("applied");
        const now = { _id: oid(1), id: "1", name: "Usha", notes: "new", area: "A" };
        expect(await documents(collection)).toEqual([now]);
      }),
    );
    promised(
      `guards a document of ${collection} without \`id\`, or with a number for it`,
      instance(async ({ directory, put }) => {
        for (const id of [{}, { id: null }, { id: 5 }]) {
          await put(collection, [{ _id: oid(1), ...id, phone: "1" }]);
          const query = { phones: ["1"] };
          const [read] = await (collection === "users"
            ? directory.findUsers(query)
            : directory.findCustomers(query));
          if (read === undefined) throw new Error("not found");
          expect(await change(directory, collection, read, [], set)).toBe("applied");
          await put(collection, [{ _id: oid(1), id: "5", phone: "1" }]);
          expect(await change(directory, collection, read, [], set)).toBe("lost");
        }
      }),
    );
  }
}
