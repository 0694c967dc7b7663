import { describe, expect, it } from "vitest";
import { objectNumber } from "../../../src/adapters/durable/object-number.ts";
import type { Phone } from "../../../src/core/ids.ts";
import { spellingsOf } from "../../../src/core/phone/phone.ts";

const OBJECTS = 8;
const NUMBERS = 20_000;

/** How many of the questions each object gets. */
function sharesOf(question: (index: number) => unknown): number[] {
  const shares = new Array<number>(OBJECTS).fill(0);
  for (let index = 0; index < NUMBERS; index++) {
    const number = objectNumber(question(index), OBJECTS);
    shares[number] = (shares[number] ?? 0) + 1;
  }
  return shares;
}

describe("the number of a directory object", () => {
  it.each([
    [
      "look-ups by phone",
      (index: number) => ({
        phones: spellingsOf(`+9198765${String(index).padStart(5, "0")}` as Phone),
        keys: [],
      }),
    ],
    ["look-ups by id", (index: number) => ({ ids: [`cust-${index}`] })],
    ["writes", (index: number) => `{"$oid":"65f0c0ffee0000000000${index.toString(16)}"}`],
  ])("the number of a directory object spreads 20,000 %s evenly", (_, question) => {
    const shares = sharesOf(question);
    const even = NUMBERS / OBJECTS;
    // Five standard deviations of a fair draw are a tenth.
    expect(shares.filter((share) => Math.abs(share - even) > even / 10)).toEqual([]);
  });

  it("the number of a directory object is the same for the same question", () => {
    expect(objectNumber({ ids: ["a"] }, OBJECTS)).toBe(objectNumber({ ids: ["a"] }, OBJECTS));
  });
});
