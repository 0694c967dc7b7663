import { describe, expect, it } from "vitest";
import type { DocumentKey } from "../../../src/core/ids.ts";
import { JSON_VALUES } from "../../../src/core/runs/write-image.ts";
import {
  inRun,
  type PlannedChange,
  plannedWrite,
  wholeImage,
  writeBatch,
} from "../../../src/flows/runs/write-batch.ts";
import type { LegacyCollection } from "../../../src/ports/directory.ts";
import type { RunHeader } from "../../../src/ports/run-journal.ts";

const changeOf = (collection: LegacyCollection, n: number): PlannedChange => ({
  collection,
  read: { key: `"${n}"` as DocumentKey, objectId: null, fields: { id: `${n}` }, idShared: false },
  guards: ["role"],
  change: { set: { phone: `${n}` } },
});

/** A store that refuses every document with a 7 at its end, and tells what it was asked. */
function watched() {
  const steps: string[] = [];
  const settled: string[] = [];
  const answer = (id: unknown) => (String(id).endsWith("7") ? "lost" : "applied");
  const single =
    (name: string) =>
    async ({ fields }: PlannedChange["read"]) => {
      steps.push(`${name} 1`);
      return answer(fields["id"]);
    };
  const run = {
    values: JSON_VALUES,
    journal: {
      header: {} as RunHeader,
      append: async (images: readonly object[]) => {
        steps.push(`journal ${images.length}`);
        return images.map((_, at) => at);
      },
      settle: (image: number, outcome: string) => void settled.push(`${image} ${outcome}`),
      close: async () => undefined,
    },
  };
  const directory = {
    changeUser: single("users"),
    changeCustomer: single("customers_v2"),
    changeMany: async (
      collection: LegacyCollection,
      writes: readonly Pick<PlannedChange, "read" | "guards">[],
    ) => {
      steps.push(`${collection} ${writes.length}`);
      expect(writes.every(({ guards }) => guards.includes("phone"))).toBe(true);
      return writes.map(({ read }) => answer(read.fields["id"]));
    },
  } as const;
  return { directory, run, settled, steps };
}

describe("a batch of guarded writes", () => {
  it("a batch of guarded writes goes out in commands of 250 after one sync of all before-images", async () => {
    const { directory, run, settled, steps } = watched();
    const changes = Array.from({ length: 600 }, (_, n) => changeOf("users", n));
    const outcomes = await writeBatch(directory, run, changes);
    expect(steps).toEqual(["journal 600", "users 250", "users 250", "users 100"]);
    expect(
      outcomes.map((outcome, at) => (outcome === "lost" ? at : -1)).filter((at) => at >= 0),
    ).toEqual(Array.from({ length: 60 }, (_, n) => 10 * n + 7));
    expect(settled.slice(6, 9)).toEqual(["6 written", "7 lost", "8 written"]);
  });
  it("a batch of guarded writes keeps the order of the collections: a link's second write comes after its first", async () => {
    const { directory, run, steps } = watched();
    const order = ["users", "users", "customers_v2", "customers_v2", "users"] as const;
    await writeBatch(directory, run, order.map(changeOf));
    expect(steps).toEqual(["journal 5", "users 2", "customers_v2 2", "users 1"]);
  });
  it("a batch of guarded writes knows which inserts were written where one of them fails, and begins no further group", async () => {
    const { directory, run, settled, steps } = watched();
    let answered: () => void = () => undefined;
    const slow = new Promise<void>((resolve) => {
      answered = resolve;
    });
    const insert = (id: string, write: () => Promise<"inserted">) => ({
      image: wholeImage("users", { key: id as DocumentKey, fields: { id } }, JSON_VALUES, false),
      change: null,
      write,
    });
    const writing = inRun(directory, run, [
      insert("a", async () => {
        throw new Error("the connection broke");
      }),
      insert("b", async () => {
        await slow;
        return "inserted";
      }),
      plannedWrite(directory, JSON_VALUES, changeOf("users", 1)),
    ]);
    setImmediate(answered);
    await expect(writing).rejects.toThrow("the connection broke");
    expect([steps, settled]).toEqual([["journal 3"], ["1 written"]]);
  });
});
