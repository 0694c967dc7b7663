import { describe, expect, it } from "vitest";
import { spokenCode } from "../../../../src/adapters/sms/spoken.ts";
import { LOCALES } from "../../../../src/core/otp/message.ts";

describe("a spoken code", () => {
  it("a spoken code is one word a digit, leading zeros and all", () => {
    expect(spokenCode("en", "007410", "EarlyBird").digits).toEqual([
      "zero",
      "zero",
      "seven",
      "four",
      "one",
      "zero",
    ]);
    expect(spokenCode("hi", "29", "EarlyBird").digits).toEqual(["दो", "नौ"]);
  });

  it.each(LOCALES)("a spoken code has ten different words in %s", (locale) => {
    expect(new Set(spokenCode(locale, "0123456789", "x").digits).size).toBe(10);
  });

  it("a spoken code says the brand, and no digit as a figure", () => {
    for (const locale of LOCALES) {
      const { again, digits, opening } = spokenCode(locale, "0123456789", "EarlyBird");
      expect(opening).toContain("EarlyBird");
      expect([opening, again, ...digits].join("")).not.toMatch(/\p{Nd}/u);
    }
  });
});
