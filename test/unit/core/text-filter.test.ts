import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textFilter } from "../../../src/core/text-filter.ts";

describe("a filter of texts", () => {
  it("a filter of texts finds every text that was added, of any characters", () => {
    const filter = textFilter();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        filter.add("emails", text);
        return filter.mayHave("emails", text);
      }),
    );
  });
  it("a filter of texts denies nearly all others, and the same text of another kind", () => {
    const filter = textFilter();
    for (let n = 0; n < 200_000; n++) filter.add("ids", `u-${n}`);
    const wrong = (kind: string, text: (n: number) => string) =>
      Array.from({ length: 100_000 }, (_, n) => text(n)).filter((one) => filter.mayHave(kind, one))
        .length;
    expect(wrong("ids", (n) => `c-${n}`)).toBeLessThan(500);
    expect(wrong("emails", (n) => `u-${n}`)).toBeLessThan(500);
  });
});
