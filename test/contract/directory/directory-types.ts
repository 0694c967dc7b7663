import { expect } from "vitest";
import type { StoredDocument } from "../../../src/core/linking/documents.ts";
import type { Directory } from "../../../src/ports/directory.ts";
import { ODD_TEXTS, type Promised } from "../state/promise.ts";
import type { Collection, With } from "./directory-instance.ts";

interface Clause {
  readonly collection: Collection;
  readonly clause: string;
  readonly field: string;
}

const CLAUSES: readonly Clause[] = [
  { collection: "users", clause: "ids", field: "id" },
  { collection: "users", clause: "customerIds", field: "customer_v2_id" },
  { collection: "users", clause: "marks", field: "doorstep_customer_id" },
  { collection: "users", clause: "emails", field: "email" },
  { collection: "users", clause: "phones", field: "phone" },
  { collection: "users", clause: "roles", field: "role" },
  { collection: "customers_v2", clause: "ids", field: "id" },
  { collection: "customers_v2", clause: "userIds", field: "user_id" },
  { collection: "customers_v2", clause: "phones", field: "phone" },
];

/** Values that some store or other takes for `"5"`, `5`, `"true"` or `"null"`. */
const LOOKALIKES: readonly unknown[] = [
  "5",
  5,
  5.5,
  1,
  0,
  true,
  false,
  "true",
  "null",
  "",
  null,
  [],
  ["5"],
  [5],
  [["5"]],
  ["true", "5"],
  '["5"]',
  {},
  { "0": "5" },
  { phone: "5" },
  "05",
  "5.0",
  " 5",
];

function find(
  directory: Directory,
  { collection, clause }: Clause,
  values: readonly (string | number)[],
): Promise<StoredDocument[]> {
  const query = { [clause]: values };
  return collection === "users" ? directory.findUsers(query) : directory.findCustomers(query);
}

const tagsOf = (found: readonly StoredDocument[]): unknown[] =>
  found.map(({ fields }) => fields.tag);

export function declareTypes(promised: Promised, instance: With): void {
  for (const target of CLAUSES) {
    const { collection, clause, field } = target;
    promised(
      `compares ${collection}.${field} by type and value`,
      instance(async ({ directory, put }) => {
        const documents = LOOKALIKES.map((value, tag) => ({ tag, [field]: value }));
        await put(collection, [...documents, { tag: "missing" }]);
        const texts = LOOKALIKES.filter((value) => typeof value === "string" && value !== "");
        const numbers = LOOKALIKES.filter((value) => typeof value === "number");
        for (const value of clause === "phones" ? [...texts, ...numbers] : texts) {
          const found = await find(directory, target, [value as string | number]);
          expect(tagsOf(found), JSON.stringify(value)).toEqual([LOOKALIKES.indexOf(value)]);
        }
        expect(await find(directory, target, ["false", "undefined", "[]", "{}", "[]"])).toEqual([]);
      }),
    );
    promised(
      `finds ${collection} by any text in ${field}, and that one alone`,
      instance(async ({ directory, put }) => {
        await put(
          collection,
          ODD_TEXTS.map((text, tag) => ({ tag, [field]: text })),
        );
        for (const [tag, text] of ODD_TEXTS.entries()) {
          if (text === "" && clause === "phones") continue; // the port never asks for it
          const found = await find(directory, target, [text]);
          expect(tagsOf(found), JSON.stringify(text.slice(0, 30))).toEqual([tag]);
          expect(found[0]?.fields[field]).toBe(text);
        }
      }),
    );
  }
  promised(
    "gives broken documents as they are",
    instance(async ({ directory, put }) => {
      const broken = [
        { name: "no id" },
        { id: 5 },
        { id: null, name: null },
        { id: "c-1", phone: ["1"], user_id: { id: "u-1" } },
        { id: "", user_id: true, status: 7, phone: {} },
      ];
      await put(
        "customers_v2",
        broken.map((fields, index) => ({ _id: `k-${index}`, ...fields })),
      );
      for (const [index, fields] of broken.entries()) {
        const key = JSON.stringify(`k-${index}`);
        const [found] = await directory.findCustomers({ keys: [key as StoredDocument["key"]] });
        expect(found?.fields).toEqual(fields);
      }
    }),
  );
}
