import fc from "fast-check";
import { expect, it } from "vitest";
import type { Phone } from "../../../src/core/ids.ts";
import { parseStoredPhone, spellingsOf } from "../../../src/core/phone/phone.ts";
import { phoneEnd } from "../../../src/core/phone/phone-end.ts";

const RULES = { defaultRegion: "IN", allowedCountries: ["IN"] };
const national = fc
  .tuple(fc.constantFrom("6", "7", "8", "9"), fc.stringMatching(/^[0-9]{9}$/))
  .map(([first, rest]) => `${first}${rest}`);

const DEVANAGARI = (digits: string) =>
  digits.replace(/\d/g, (digit) => String.fromCodePoint(0x966 + Number(digit)));

/** A spelling of any shape, with separators anywhere. */
const spelling = fc
  .tuple(
    national,
    fc.constantFrom("", "0", "91", "+91", "0091", "tel:+91", "(+91) "),
    fc.array(fc.tuple(fc.nat(10), fc.constantFrom(" ", "-", ".", "\u200b")), { maxLength: 3 }),
    fc.constantFrom("", ".0", ".00", " "),
    fc.boolean(),
  )
  .map(([digits, head, marks, tail, isDevanagari]) => {
    let body = digits;
    for (const [at, mark] of marks) body = `${body.slice(0, at)}${mark}${body.slice(at)}`;
    return `${head}${isDevanagari ? DEVANAGARI(body) : body}${tail}`;
  });

it("ends alike for every spelling that the parser reads as one phone", () => {
  fc.assert(
    fc.property(spelling, (stored) => {
      const phone = parseStoredPhone(stored, RULES);
      if (phone !== null) expect(phoneEnd(stored)).toBe(phoneEnd(phone));
    }),
    { numRuns: 3000 },
  );
});

it("ends alike for every listed spelling, a number and a decimal", () => {
  fc.assert(
    fc.property(national, (digits) => {
      const phone = `+91${digits}` as Phone;
      const stored = [
        ...spellingsOf(phone),
        { $numberDecimal: `${digits}.0` },
        { $numberDecimal: digits },
      ];
      for (const one of stored) {
        if (parseStoredPhone(one, RULES) !== phone) continue;
        expect([one, phoneEnd(one)]).toEqual([one, phoneEnd(phone)]);
      }
    }),
    { numRuns: 300 },
  );
});

it("has no end for what holds too few digits", () => {
  const none = [null, undefined, "", "12345", true, [], {}, { a: 1 }];
  expect(none.map(phoneEnd)).toEqual(none.map(() => null));
});
