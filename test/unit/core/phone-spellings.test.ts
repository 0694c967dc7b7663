import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import {
  LISTED_SPELLING,
  nationalNumber,
  parseStoredPhone,
  parseTypedPhone,
  spellingsOf,
} from "../../../src/core/phone/phone.ts";

const INDIA = { defaultRegion: "IN", allowedCountries: ["IN"] };
const parse = (value: unknown) => parseStoredPhone(value, INDIA);

/** Any ten digits that begin like a mobile; some of those ranges are not given out yet. */
const tenDigits = fc
  .tuple(fc.constantFrom(6, 7, 8, 9, 91, 910, 9191), fc.nat(999_999_999))
  .map(([head, tail]) => `${head}${String(tail).padStart(9, "0")}`.slice(0, 10));
const mobile = tenDigits
  .map((national) => parseTypedPhone(national, INDIA))
  .filter((phone) => phone !== null);
const PHONE = "+919876543210" as Phone;

describe("the spellings of a phone", () => {
  it("the spellings of a phone all mean that phone and no other", () => {
    fc.assert(
      fc.property(mobile, (phone) => {
        for (const spelling of spellingsOf(phone))
          expect([spelling, parse(spelling)]).toEqual([spelling, phone]);
      }),
      { numRuns: 2000 },
    );
  });
  it("the spellings of a phone are texts and numbers, none of them empty, none an object: {phone: null} matches strangers", () => {
    fc.assert(
      fc.property(mobile, (phone) => {
        for (const spelling of spellingsOf(phone)) {
          if (typeof spelling === "number") expect(Number.isSafeInteger(spelling)).toBe(true);
          else expect(spelling).toMatch(/^[ (]?\+?\d[\d .)-]{9,}$/);
        }
      }),
    );
  });
  it("the spellings of a phone are each there once, in a number that one query takes", () => {
    const spellings = spellingsOf(PHONE);
    expect(new Set(spellings).size).toBe(spellings.length);
    expect(spellings.length).toBeLessThan(40);
  });
  it("the spellings of a phone hold all that LEGACY section 3 has seen", () => {
    const seen = [
      "9876543210",
      "+919876543210",
      "919876543210",
      "09876543210",
      "+91 98765 43210",
      "+91 98765-43210",
      "9876543210.0",
      9876543210,
      919876543210,
    ];
    expect(spellingsOf(PHONE)).toEqual(expect.arrayContaining(seen));
  });
  it("the spellings of a phone exist for a phone of another country too, and lead to it or to nobody", () => {
    const rules = { defaultRegion: "IN", allowedCountries: ["IN", "US", "GB", "AE"] };
    for (const phone of ["+14155552671", "+447400123456", "+971501234567"] as Phone[]) {
      const read = spellingsOf(phone).map((spelling) => parseStoredPhone(spelling, rules));
      expect(read).toContain(phone);
    }
  });
  it("the spellings of a phone are refused for what is no phone", () => {
    expect(() => spellingsOf("" as Phone)).toThrow(TypeError);
  });
});

describe("a listed spelling", () => {
  it("a listed spelling is each text that the spellings hold", () => {
    fc.assert(
      fc.property(mobile, (phone) => {
        for (const spelling of spellingsOf(phone))
          if (typeof spelling === "string") expect(spelling).toMatch(LISTED_SPELLING);
      }),
    );
  });
  it("a listed spelling is none that they lack: a scan that passed it by would never find its customer", () => {
    const half = fc.nat(99_999).map((digits) => String(digits).padStart(5, "0"));
    const prefix = fc.constantFrom(
      "",
      "0",
      "00",
      "91",
      "091",
      "+91",
      "+91 ",
      "+91-",
      "0091",
      "91 ",
      "91-",
      "0 ",
      "0-",
      " ",
      "(+91) ",
      "+91.",
    );
    const text = fc
      .tuple(prefix, half, fc.constantFrom("", " ", "-", "."), half, fc.constantFrom("", "", ".0"))
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(text, (spelling) => {
        fc.pre(LISTED_SPELLING.test(spelling));
        const phone = parse(spelling);
        if (phone !== null) expect(spellingsOf(phone)).toContain(spelling);
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the national number", () => {
  it("the national number is the ten digits, and reads back", () => {
    fc.assert(
      fc.property(mobile, (phone) => {
        expect(nationalNumber(phone)).toMatch(/^[6-9]\d{9}$/);
        expect(parse(nationalNumber(phone))).toBe(phone);
      }),
    );
  });
});
