import fc from "fast-check";
import { parsePhoneNumberFromString } from "libphonenumber-js/mobile";
import metadata from "libphonenumber-js/mobile/metadata";
import { describe, expect, it } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import { ordinaryIndianMobile, WHOLE_RANGES } from "../../../src/core/phone/indian-mobile.ts";
import {
  nationalNumber,
  parseByLibrary,
  parseTypedPhone,
  spellingsOf,
} from "../../../src/core/phone/phone.ts";

const INDIA = { defaultRegion: "IN", allowedCountries: ["IN"] };

const ten = fc
  .tuple(fc.constantFrom(0, 1, 2, 5, 6, 7, 8, 9, 91, 910, 9191), fc.nat(999_999_999))
  .map(([head, tail]) => `${head}${String(tail).padStart(9, "0")}`.slice(0, 10));
const around = fc.constantFrom(
  "",
  "+91",
  "91",
  "0",
  "+91 ",
  "91-",
  "0 ",
  "+",
  "0091",
  "091",
  "+1",
  "1",
);
const gap = fc.constantFrom("", " ", "-", ".", "  ");
/** Ordinary spellings, and their near neighbours. */
const spelling = fc
  .tuple(around, ten, gap, fc.constantFrom(3, 5, 9), fc.constantFrom("", "0", " ", "x"))
  .map(
    ([head, digits, between, at, end]) =>
      `${head}${digits.slice(0, at)}${between}${digits.slice(at)}${end}`,
  );

describe("the short way for ordinary Indian mobiles", () => {
  it("the short way reads every spelling as libphonenumber does", () => {
    fc.assert(
      fc.property(fc.oneof(spelling, ten), (text) => {
        const short = ordinaryIndianMobile(text);
        const long = parseByLibrary(text, INDIA);
        if (short !== null) expect([text, `+91${short}`]).toEqual([text, long]);
        expect([text, parseTypedPhone(text, INDIA)]).toEqual([text, long]);
      }),
      { numRuns: 5000 },
    );
  });
  it("the short way agrees with libphonenumber in each range of three digits, at its ends and inside", () => {
    let taken = 0;
    for (let range = 0; range < 1000; range++) {
      for (const tail of ["0000000", "9999999", "5081347"]) {
        const digits = `${String(range).padStart(3, "0")}${tail}`;
        const short = ordinaryIndianMobile(digits);
        if (short === null) continue;
        taken++;
        expect([digits, parseByLibrary(digits, INDIA)]).toEqual([digits, `+91${digits}`]);
      }
    }
    expect(taken).toBeGreaterThan(600);
  });
  it("the short way takes the last part of libphonenumber's own pattern, so a change of India's ranges shows here", () => {
    const types = metadata.countries.IN?.[11] as readonly (readonly string[] | 0)[] | undefined;
    const pattern = types?.[1] === 0 ? undefined : types?.[1]?.[0];
    expect(pattern).toMatch(/\|\(\?:6\(\?:\[09\]/);
    expect(`^${pattern?.slice(pattern.lastIndexOf("|(?:6(?:[09]") + 1)}$`).toBe(
      WHOLE_RANGES.source,
    );
  });
  it("the short way gives no phone where India is not allowed, nor another region's default", () => {
    const text = "9876543210";
    expect(parseTypedPhone(text, { ...INDIA, allowedCountries: ["US"] })).toBeNull();
    expect(parseTypedPhone(text, { defaultRegion: "US", allowedCountries: ["IN", "US"] })).toBe(
      parseByLibrary(text, { defaultRegion: "US", allowedCountries: ["IN", "US"] }),
    );
  });
  it("the short way splits an Indian phone as libphonenumber does", () => {
    fc.assert(
      fc.property(ten, (digits) => {
        const phone = parseByLibrary(digits, INDIA);
        if (phone === null) return;
        expect(nationalNumber(phone)).toBe(parsePhoneNumberFromString(phone)?.nationalNumber);
      }),
    );
    expect(spellingsOf("+919876543210" as Phone)).toContain("919876543210");
  });
});
