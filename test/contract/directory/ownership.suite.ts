import { describe, expect } from "vitest";
import type { FieldQuestion, OwnershipQuestion } from "../../../src/core/linking/ownership.ts";
import type { Ownership } from "../../../src/ports/ownership.ts";
import { expectUnavailable, ODD_TEXTS, type Promised, promises } from "../state/promise.ts";

export interface OwnershipInstance {
  readonly ownership: Ownership;
  /** Relaxed Extended JSON documents, as they are. */
  put(collection: string, documents: readonly Readonly<Record<string, unknown>>[]): Promise<void>;
  /** How many commands were sent so far. */
  commands(): number;
  breakIt(): Promise<void>;
}

type With = (test: (instance: OwnershipInstance) => Promise<void>) => () => Promise<void>;

const QUESTION: OwnershipQuestion = {
  collection: "customers_v2",
  id: "s-1",
  ownerFields: ["customer_id", "customerId"],
  owner: "c-1",
};

/** What the document named by the request holds, and whether it is the owner's. */
const DOCUMENTS: readonly (readonly [string, Readonly<Record<string, unknown>>, boolean])[] = [
  ["one spelling of the owner", { customer_id: "c-1" }, true],
  ["the other spelling", { customerId: "c-1" }, true],
  ["both", { customer_id: "c-1", customerId: "c-1" }, true],
  ["both, one of them null", { customer_id: "c-1", customerId: null }, true],
  ["no owner", {}, false],
  ["null for owner", { customer_id: null, customerId: null }, false],
  ["another owner", { customer_id: "c-2" }, false],
  ["two owners", { customer_id: "c-1", customerId: "c-2" }, false],
  ["an empty second owner", { customer_id: "c-1", customerId: "" }, false],
  ["an array of owners", { customer_id: ["c-1"] }, false],
  ["the owner in capitals", { customer_id: "C-1" }, false],
  ["an object", { customer_id: { $ne: null } }, false],
];

/** The promises of `src/ports/ownership.ts`, for any adapter. */
export function ownershipSuite(name: string, make: () => Promise<OwnershipInstance>): void {
  const instance: With = (test) => async () => test(await make());
  describe(`ownership: ${name}`, () => {
    promises("ownership", {}, (promised) => {
      declareJudgements(promised, instance);
      declareFields(promised, instance);
      declareRefusals(promised, instance);
    });
  });
}

function declareJudgements(promised: Promised, instance: With): void {
  for (const [what, fields, owned] of DOCUMENTS) {
    promised(
      `says ${owned ? "yes" : "no"} to a document with ${what}`,
      instance(async ({ ownership, put }) => {
        await put("customers_v2", [
          { id: "s-1", ...fields },
          { id: "s-2", customer_id: "c-1" },
        ]);
        expect(await ownership.isOwner(QUESTION)).toBe(owned);
      }),
    );
  }
  promised(
    "says no where there is no such document, or no such collection",
    instance(async ({ ownership, put }) => {
      await put("customers_v2", [{ id: "s-2", customer_id: "c-1" }, { customer_id: "c-1" }]);
      expect(await ownership.isOwner(QUESTION)).toBe(false);
      expect(await ownership.isOwner({ ...QUESTION, collection: "nothing_here" })).toBe(false);
    }),
  );
  promised(
    "says no to an id that two documents have, and to one inside an array or of another type",
    instance(async ({ ownership, put }) => {
      const owned = { customer_id: "c-1" };
      const duplicates = [
        { id: "duplicate" },
        { id: "duplicate" },
        { id: ["listed"] },
        { id: 5 },
        { id: "s-9" },
      ];
      await put(
        "customers_v2",
        duplicates.map((duplicate) => ({ ...duplicate, ...owned })),
      );
      for (const id of ["duplicate", "listed", "5", "null", "undefined"]) {
        expect(await ownership.isOwner({ ...QUESTION, id }), id).toBe(false);
      }
      expect(await ownership.isOwner({ ...QUESTION, id: "s-9" })).toBe(true);
    }),
  );
  promised(
    "finds any text by itself alone",
    instance(async ({ ownership, put }) => {
      const texts = ODD_TEXTS.filter((text) => text !== "");
      await put(
        "customers_v2",
        texts.map((id, n) => ({ id, customer_id: `c-${n}` })),
      );
      for (const [n, id] of texts.entries()) {
        expect(await ownership.isOwner({ ...QUESTION, id, owner: `c-${n}` })).toBe(true);
        expect(await ownership.isOwner({ ...QUESTION, id, owner: `c-${n + 1}` })).toBe(false);
      }
    }),
  );
}

const FIELD: FieldQuestion = { collection: "customers_v2", id: "c-1", field: "phone" };

function declareFields(promised: Promised, instance: With): void {
  const values = ["9876500101", "", 9876500101, 0, true, null, ["a"], { a: 1.5 }];
  promised(
    "reads what a field holds, and undefined where the document has none",
    instance(async ({ ownership, put }) => {
      await put("customers_v2", [
        ...values.map((phone, n) => ({ id: `c-${n}`, phone })),
        { id: "c-none", name: "phone" },
      ]);
      for (const [n, value] of values.entries()) {
        expect(await ownership.readField({ ...FIELD, id: `c-${n}` })).toEqual({ value });
      }
      const none = await ownership.readField({ ...FIELD, id: "c-none" });
      expect([none === null, none?.value]).toEqual([false, undefined]);
    }),
  );
  promised(
    "reads nothing of a document that is not there, there twice, or found by an array",
    instance(async ({ ownership, put }) => {
      const phone = "9876500101";
      await put("customers_v2", [
        { id: "duplicate", phone },
        { id: "duplicate", phone },
        { id: ["listed"], phone },
        { phone },
      ]);
      for (const id of ["duplicate", "listed", "nobody", "null"]) {
        expect(await ownership.readField({ ...FIELD, id }), id).toBeNull();
      }
      const elsewhere = { ...FIELD, id: "duplicate", collection: "nothing_here" };
      expect(await ownership.readField(elsewhere)).toBeNull();
    }),
  );
}

function declareRefusals(promised: Promised, instance: With): void {
  promised(
    "asks one command",
    instance(async ({ commands, ownership }) => {
      await ownership.isOwner(QUESTION);
      const before = commands();
      await ownership.isOwner(QUESTION);
      expect(commands() - before).toBe(1);
      await ownership.readField(FIELD);
      expect(commands() - before).toBe(2);
    }),
  );
  promised(
    "throws and asks nothing where an id or an owner is no text, or a name is more than a name",
    instance(async ({ commands, ownership }) => {
      await ownership.isOwner(QUESTION);
      const before = commands();
      const noTexts: readonly unknown[] = ["", null, undefined, 5, true, ["s-1"], { $ne: null }];
      const wrong: readonly Partial<Record<keyof OwnershipQuestion, unknown>>[] = [
        ...noTexts.flatMap((text) => [{ id: text }, { owner: text }]),
        { id: "\ud800" },
        ...["", "a.b", "$cmd", "system.users", "users; DROP TABLE users", "_id", "a\0"].flatMap(
          (name) => [{ collection: name }, { ownerFields: ["customer_id", name] }],
        ),
        { ownerFields: [] },
      ];
      for (const part of wrong) {
        const question = { ...QUESTION, ...part } as OwnershipQuestion;
        await expect(ownership.isOwner(question)).rejects.toThrow(TypeError);
      }
      const wrongFields: readonly Partial<Record<keyof FieldQuestion, unknown>>[] = [
        ...noTexts.map((id) => ({ id })),
        ...["", "a.b", "$cmd", "_id"].flatMap((name) => [{ collection: name }, { field: name }]),
      ];
      for (const part of wrongFields) {
        const question = { ...FIELD, ...part } as FieldQuestion;
        await expect(ownership.readField(question)).rejects.toThrow(TypeError);
      }
      expect(commands()).toBe(before);
    }),
  );
  promised(
    "says `unavailable` in time when the store is down",
    instance(async ({ breakIt, ownership }) => {
      await ownership.isOwner(QUESTION);
      await breakIt();
      await expectUnavailable({
        isOwner: () => ownership.isOwner(QUESTION),
        readField: () => ownership.readField(FIELD),
      });
    }),
  );
}
