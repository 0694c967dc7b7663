import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  areWithin,
  decimalOfNumber,
  parseDecimal,
  times,
} from "../../../../src/proxy/judge/decimal.ts";
import { faultsInSums } from "../../../../src/proxy/judge/judged-sums.ts";
import type { Sums } from "../../../../src/proxy/policy/policy.ts";
import { readStrictJson } from "../../../../src/proxy/wire/strict-json.ts";

const SUMS: Sums = {
  list: { place: "body", name: "items" },
  total: "total",
  product: ["price", "quantity"],
  within: 0.005,
};
const items = (...texts: readonly string[]) => `{"items":[${texts.join(",")}]}`;
function faults(text: string) {
  const json = readStrictJson(new TextEncoder().encode(text));
  if (json === null) throw new Error(text);
  return faultsInSums(SUMS, json);
}
const pointers = (text: string) => faults(text).map(({ pointer }) => pointer);

describe("the totals of an order", () => {
  it.each([
    '{"price":32,"quantity":2,"total":64}',
    '{"price":0.1,"quantity":3,"total":0.3}',
    '{"price":0.1,"quantity":3,"total":0.30000000000000004}',
    '{"price":33.335,"quantity":2,"total":66.67}',
    '{"price":1e2,"quantity":1.0,"total":100.005}',
    '{"price":"32.50","quantity":"2","total":"65"}',
    '{"price":0,"quantity":0,"total":-0.0}',
    '{"price":0.0000001,"quantity":10000000,"total":1}',
  ])("the totals of an order may be %s", (item) => {
    expect(pointers(items(item))).toEqual([]);
  });

  it.each([
    '{"price":32,"quantity":2,"total":63}',
    '{"price":32,"quantity":2,"total":64.006}',
    '{"price":32,"quantity":2}',
    '{"quantity":2,"total":64}',
    '{"price":null,"quantity":2,"total":0}',
    '{"price":"nan","quantity":2,"total":0}',
    '{"price":1e99,"quantity":0,"total":1}',
    '{"price":9007199254740993,"quantity":1,"total":9007199254740992}',
    '{"price":9007199254740992,"quantity":1,"total":9007199254740993}',
    '{"price":1000000000000000.3,"quantity":1,"total":1000000000000000.31}',
    '{"price":1e-400,"quantity":1e99,"total":0}',
    '{"price":[32],"quantity":2,"total":64}',
    "7",
    "null",
  ])("the totals of an order may not be %s", (item) => {
    const good = '{"price":1,"quantity":1,"total":1}';
    expect(pointers(items(good, item))).toEqual(["/items/1/total"]);
  });

  it("the totals of an order are computed in a moment, for any exponent or length of a number", () => {
    for (const number of ["1e999999999", "1e-999999999", `1${"0".repeat(500_000)}`, "1e308"]) {
      expect(pointers(items(`{"price":${number},"quantity":1,"total":1}`))).toHaveLength(1);
    }
  });

  it("the totals of an order are not looked for where there is no list, and are wrong where it is none", () => {
    expect(faults("{}")).toEqual([]);
    expect(pointers('{"items":{"0":1}}')).toEqual(["/items"]);
  });
});

describe("decimals", () => {
  const cents = fc.integer({ min: -1_000_000_000, max: 1_000_000_000 });
  const text = (n: number) =>
    `${n < 0 ? "-" : ""}${Math.floor(Math.abs(n) / 100)}.${`${Math.abs(n) % 100}`.padStart(2, "0")}`;
  const read = (written: string) => {
    const decimal = parseDecimal(written);
    if (decimal === null) throw new Error(written);
    return decimal;
  };

  it("decimals are exact where floats are not", () => {
    fc.assert(
      fc.property(cents, cents, fc.nat(200), (price, quantity, off) => {
        const exact = BigInt(price) * BigInt(quantity);
        const total = exact + BigInt(off);
        const isWithin = areWithin(
          times(read(text(price)), read(text(quantity))),
          { digits: total, scale: 4 },
          0.01,
        );
        expect(isWithin).toBe(off <= 100);
      }),
    );
  });

  it("decimals of short numbers are those of the parsed number", () => {
    const digits = fc.stringMatching(/^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,14})?$/);
    fc.assert(
      fc.property(digits, (written) => {
        const json = readStrictJson(new TextEncoder().encode(written));
        expect(json?.hasExactNumbers).toBe(written.replace("-", "").length <= 15);
        fc.pre(json?.hasExactNumbers === true);
        const number = decimalOfNumber(Number(json?.value));
        if (number === null) throw new Error(written);
        expect(areWithin(number, read(written), 0)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it.each(["", "-", "1.", ".5", "+1", "1e", " 1", "1 ", "0x1", "NaN", "Infinity", "1_0", "१"])(
    "decimals are not read from %j",
    (written) => {
      expect(parseDecimal(written)).toBeNull();
    },
  );
});
