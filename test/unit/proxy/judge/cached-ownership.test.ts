import { describe, expect, it } from "vitest";
import type { OwnershipQuestion } from "../../../../src/core/linking/ownership.ts";
import { cachedOwnership } from "../../../../src/proxy/judge/cached-ownership.ts";

const QUESTION: OwnershipQuestion = {
  collection: "subscriptions_v2",
  id: "s-1",
  ownerFields: ["customer_id", "customerId"],
  owner: "c-1",
};

function cache(answer: (question: OwnershipQuestion) => boolean | Error = () => true) {
  let now = 1_800_000_000_000;
  const asked: OwnershipQuestion[] = [];
  let reads = 0;
  const store = {
    async isOwner(question: OwnershipQuestion) {
      asked.push(question);
      const owned = answer(question);
      if (owned instanceof Error) throw owned;
      return owned;
    },
    readField: async () => ({ value: ++reads }),
  };
  const { isOwner, readField } = cachedOwnership(store, () => now);
  return {
    isOwner,
    readField,
    asked,
    pass: (ms: number) => {
      now += ms;
    },
  };
}

describe("ownership, remembered", () => {
  it.each([true, false])(
    "cached ownership says %s again for ten seconds without asking",
    async (owned) => {
      const { asked, isOwner, pass } = cache(() => owned);
      expect(await isOwner(QUESTION)).toBe(owned);
      pass(10_000);
      expect(await isOwner({ ...QUESTION })).toBe(owned);
      expect(asked.length).toBe(1);
      pass(1);
      expect(await isOwner(QUESTION)).toBe(owned);
      expect(asked.length).toBe(2);
    },
  );

  it("cached ownership is kept under all that decided it, and no question can imitate another", async () => {
    const questions: readonly OwnershipQuestion[] = [
      QUESTION,
      { ...QUESTION, owner: "c-2" },
      { ...QUESTION, id: "s-2" },
      { ...QUESTION, collection: "orders" },
      { ...QUESTION, ownerFields: ["customer_id"] },
      { ...QUESTION, ownerFields: ["customer_id,customerId"] },
      { ...QUESTION, id: 's-1","c-1' },
      { ...QUESTION, id: "s-1,c-1", owner: "" },
      { ...QUESTION, id: "s-1", owner: ",c-1" },
    ];
    const { asked, isOwner } = cache(({ owner }) => owner === "c-1");
    for (const question of [...questions, ...questions]) {
      expect(await isOwner(question)).toBe(question.owner === "c-1");
    }
    expect(asked).toEqual(questions);
  });

  it("cached ownership remembers nothing that the store could not say", async () => {
    let down = true;
    const { isOwner } = cache(() => (down ? new Error("down") : true));
    await expect(isOwner(QUESTION)).rejects.toThrow("down");
    down = false;
    expect(await isOwner(QUESTION)).toBe(true);
  });

  it("cached ownership remembers no field: a phone that was changed a moment ago must not be set back", async () => {
    const { readField } = cache();
    const question = { collection: "customers_v2", id: "c-1", field: "phone" };
    expect(await readField(question)).toEqual({ value: 1 });
    expect(await readField(question)).toEqual({ value: 2 });
  });

  it("cached ownership is bounded: neither many ids nor long ones fill the memory", async () => {
    const { asked, isOwner } = cache();
    const long = { ...QUESTION, id: "x".repeat(100_000) };
    await isOwner(long);
    await isOwner(long);
    expect(asked.length).toBe(2);
    await isOwner(QUESTION);
    for (let at = 0; at < 5000; at++) await isOwner({ ...QUESTION, id: `other-${at}` });
    const before = asked.length;
    await isOwner(QUESTION);
    expect(asked.length).toBe(before + 1);
  });
});
