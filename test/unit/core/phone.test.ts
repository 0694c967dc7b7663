import { readFileSync } from "node:fs";
import fc from "fast-check";
import { Decimal128 } from "mongodb";
import { describe, expect, it } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import { holdsOneOf, parseStoredPhone, parseTypedPhone } from "../../../src/core/phone/phone.ts";

interface PhoneCase {
  readonly in: "typed" | "stored";
  readonly value: unknown;
  readonly e164: string | null;
}

const INDIA = { defaultRegion: "IN", allowedCountries: ["IN"] };
const FOUR = { defaultRegion: "IN", allowedCountries: ["IN", "US", "GB", "AE"] };
const { cases } = JSON.parse(
  readFileSync(new URL("../../cases/phones.json", import.meta.url), "utf8"),
) as { cases: readonly PhoneCase[] };

describe("the cases of phones.json", () => {
  const parse = { typed: parseTypedPhone, stored: parseStoredPhone };
  for (const { e164, in: kind, value } of cases) {
    it(`the cases of phones.json reads ${kind} ${JSON.stringify(value)} as ${e164}`, () => {
      expect(parse[kind](value, INDIA)).toBe(e164);
    });
  }
  it("the cases of phones.json are all there", () => {
    expect(cases.length).toBeGreaterThanOrEqual(64);
  });
});

describe("a stored number", () => {
  const stored = (value: unknown) => parseStoredPhone(value, INDIA);
  it("a stored number is a phone as a number, a big integer and a spreadsheet's text", () => {
    for (const value of [9876543210, 919876543210, 9876543210n, "9876543210.0", "+919876543210.00"])
      expect(stored(value)).toBe("+919876543210");
  });
  it("a stored number is none with a fraction or a sign: its digits are another number's (regression)", () => {
    for (const value of [987654321.5, 98765.43211, -9876543210, -9876543210n, -0, 0n])
      expect(stored(value)).toBeNull();
  });
  it("a stored number is none beyond what a number can hold", () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e21, 5e-324, 2 ** 60, 10n ** 40n])
      expect(stored(value)).toBeNull();
  });
  it("a stored number is none where the spreadsheet cut off a digit", () => {
    expect(stored("987654321.0")).toBeNull();
  });
});

describe("a phone in a form that no index lists", () => {
  const stored = (value: unknown) => parseStoredPhone(value, INDIA);
  it("a phone in a form that no index lists is read as a Decimal128, of the driver and of an export", () => {
    for (const digits of ["9876543210", "919876543210", "9876543210.0"]) {
      expect(stored(Decimal128.fromString(digits))).toBe("+919876543210");
      expect(stored({ $numberDecimal: digits })).toBe("+919876543210");
    }
    for (const digits of ["987654321.5", "-9876543210", "9.87654321E+30", "NaN"]) {
      expect(stored(Decimal128.fromString(digits))).toBeNull();
    }
    for (const value of [{ $numberDecimal: 9876543210 }, { toJSON: () => "9876543210" }]) {
      expect(stored(value)).toBeNull();
    }
  });
  it("a phone in a form that no index lists is read as a tel: link, and refused with an extension or a parameter", () => {
    for (const value of ["tel:+919876543210", "TEL:+91-98765-43210", "tel:9876543210"])
      expect(stored(value)).toBe("+919876543210");
    for (const value of ["tel:+919876543210;ext=5", "tel:", "tel:tel:9876543210"])
      expect(stored(value)).toBeNull();
  });
  it("a phone in a form that no index lists is none where a field holds two numbers: nobody knows whose code it would be", () => {
    const two = "9876543210 / 9876543211";
    expect(stored(two)).toBeNull();
    for (const phone of ["+919876543210", "+919876543211"] as Phone[])
      expect(holdsOneOf([phone])(two)).toBe(true);
    expect(holdsOneOf(["+919876543212" as Phone])(two)).toBe(false);
  });
});

describe("a trunk zero before the country code", () => {
  it("a trunk zero before the country code goes, typed and stored", () => {
    expect(parseTypedPhone("0919876500001", INDIA)).toBe("+919876500001");
    expect(parseTypedPhone("091-98765 00001", INDIA)).toBe("+919876500001");
    expect(parseStoredPhone("0919876500001.0", INDIA)).toBe("+919876500001");
  });
  it("a trunk zero before the country code makes no number of another country, and none of too few digits", () => {
    expect(parseTypedPhone("0971501234567", FOUR)).toBeNull();
    expect(parseTypedPhone("009198765000011", INDIA)).toBeNull();
    expect(parseTypedPhone("091987650000", INDIA)).toBeNull();
  });
});

describe("a phone of another country", () => {
  const phones = {
    US: { typed: ["+1 (415) 555-2671", "0014155552671", "+1.415.555.2671"], e164: "+14155552671" },
    GB: { typed: ["+44 7400 123456", "+44 (0)7400 123456"], e164: "+447400123456" },
    AE: { typed: ["+971 50 123 4567", "00971501234567"], e164: "+971501234567" },
  };
  for (const [country, { e164, typed }] of Object.entries(phones)) {
    it(`a phone of another country is read where ${country} is allowed, and refused where it is not`, () => {
      for (const text of typed) {
        expect(parseTypedPhone(text, FOUR)).toBe(e164);
        expect(parseTypedPhone(text, INDIA)).toBeNull();
      }
    });
  }
  it("a phone of another country is read without its country code in its own region alone", () => {
    const emirates = { defaultRegion: "AE", allowedCountries: ["AE", "IN"] };
    expect(parseTypedPhone("050 123 4567", emirates)).toBe("+971501234567");
    expect(parseTypedPhone("+91 98765 43210", emirates)).toBe("+919876543210");
    expect(parseTypedPhone("9876543210", emirates)).toBeNull();
  });
  it("a phone of another country may begin with 00 also where the region itself dials another prefix", () => {
    const states = { defaultRegion: "US", allowedCountries: ["US", "IN"] };
    for (const text of ["00919876543210", "011 91 98765 43210"])
      expect(parseTypedPhone(text, states)).toBe("+919876543210");
  });
  it("a phone of another country is refused where nothing is allowed", () => {
    expect(parseTypedPhone("9876543210", { ...INDIA, allowedCountries: [] })).toBeNull();
  });
  it("a phone of another country is told from its neighbour under the same country code", () => {
    expect(parseTypedPhone("+447911123456", FOUR)).toBeNull(); // Guernsey
    expect(parseTypedPhone("+18765551234", FOUR)).toBeNull(); // Jamaica
  });
});

describe("any value at all", () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const garbage = fc.oneof(anything, fc.string({ unit: "binary", maxLength: 80 }));
  const E164 = /^\+91[6-9]\d{9}$/;

  it("any value at all is an Indian mobile in E.164 or nothing, and never throws", () => {
    const digits = fc.string({ unit: fc.constantFrom(..."0123456789+-. ()"), maxLength: 20 });
    fc.assert(
      fc.property(fc.oneof(garbage, digits, fc.double(), fc.bigInt()), (value) => {
        for (const phone of [parseTypedPhone(value, INDIA), parseStoredPhone(value, INDIA)])
          if (phone !== null) expect(phone).toMatch(E164);
      }),
      { numRuns: 5000 },
    );
  });
  it("any value at all is nothing as a boxed text, an array, a symbol or what turns itself into a phone", () => {
    const sly = { toString: () => "9876543210", valueOf: () => 9876543210 };
    for (const value of [Object("9876543210"), Object(9876543210), sly, Symbol("9"), () => 1]) {
      expect(parseTypedPhone(value, INDIA)).toBeNull();
      expect(parseStoredPhone(value, INDIA)).toBeNull();
    }
  });
  it("any value at all is nothing as a typed number: JSON must hold a text", () => {
    expect(parseTypedPhone(9876543210, INDIA)).toBeNull();
  });
});

describe("length", () => {
  const padded = (length: number) => "9876543210".padStart(length, " ");
  it("length may be 64 characters and not one more", () => {
    expect(parseTypedPhone(padded(64), INDIA)).toBe("+919876543210");
    expect(parseTypedPhone(padded(65), INDIA)).toBeNull();
    expect(parseStoredPhone(padded(64), INDIA)).toBe("+919876543210");
    expect(parseStoredPhone(padded(65), INDIA)).toBeNull();
  });
  it("length counts digits after they are read: one too few or too many is no phone", () => {
    for (const text of ["987654321", "98765432101", "+9198765432", "+91987654321012"])
      expect(parseTypedPhone(text, INDIA)).toBeNull();
  });
  it("length is no way to keep the process busy, whatever a megabyte holds", () => {
    const began = performance.now();
    for (const piece of ["9", "\u0967", "\ufdfa", "(", "\ud800"])
      expect(parseTypedPhone(piece.repeat(1e6), INDIA)).toBeNull();
    expect(performance.now() - began).toBeLessThan(3000);
  });
});
