import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asciiDigits, parseStoredPhone, parseTypedPhone } from "../../../src/core/phone/phone.ts";

const INDIA = { defaultRegion: "IN", allowedCountries: ["IN"] };
const PHONE = "+919876543210";
const parse = (text: string) => parseTypedPhone(text, INDIA);

/** Every code point that Unicode calls a decimal digit, in order; each ten are one script's. */
const DIGITS = Array.from({ length: 0x11_0000 }, (_, code) => code)
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code))
  .filter((character) => /\p{Nd}/u.test(character));
const ZEROS = DIGITS.filter((_, index) => index % 10 === 0);

describe("the digits of every script", () => {
  it("the digits of every script are there in tens", () => {
    expect(DIGITS.length % 10).toBe(0);
    expect(ZEROS.length).toBeGreaterThan(60);
  });
  it("the digits of every script are read as what they are, also where two scripts stand side by side (regression)", () => {
    DIGITS.forEach((digit, index) => {
      expect([digit, asciiDigits(digit)]).toEqual([digit, String(index % 10)]);
    });
  });
  it("the digits of every script agree with Unicode's own compatibility form where there is one", () => {
    const compatible = DIGITS.filter((digit) => /^[0-9]$/.test(digit.normalize("NFKC")));
    expect(compatible.length).toBeGreaterThanOrEqual(70);
    for (const digit of compatible) expect(asciiDigits(digit)).toBe(digit.normalize("NFKC"));
  });
  it("the digits of every script make a phone in each script", () => {
    for (const zero of ZEROS) {
      const first = zero.codePointAt(0) ?? 0;
      const typed = [..."9876543210"].map((digit) => String.fromCodePoint(first + Number(digit)));
      expect(parse(typed.join(""))).toBe(PHONE);
    }
  });
  it("the digits of every script make a phone also when scripts are mixed", () => {
    const inSomeScript = (digit: number) =>
      fc.nat(ZEROS.length - 1).map((n) => DIGITS[n * 10 + digit]);
    const typed = fc.tuple(...[9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map(inSomeScript));
    fc.assert(
      fc.property(typed, (digits) => {
        expect(parse(digits.join(""))).toBe(PHONE);
      }),
    );
  });
});

describe("a character put into a phone", () => {
  const base = fc.constantFrom("9876543210", "+91 98765 43210", "09876543210", "919876543210");
  const injected = fc
    .tuple(base, fc.nat(16), fc.string({ unit: "binary", minLength: 1, maxLength: 2 }))
    .map(([text, at, more]) => ({ text: `${text.slice(0, at)}${more}${text.slice(at)}`, more }));
  /** Spaces, dashes, brackets, full stop, plus, digits, marks of direction: nothing else. */
  const ORDINARY =
    /^[\s\p{Nd}\p{No}().+\p{Pd}\u2212\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069]*$/u;

  it("a character put into a phone is refused unless it is a digit or ordinary punctuation", () => {
    fc.assert(
      fc.property(injected, ({ more, text }) => {
        if (parse(text) !== null) expect(more.normalize("NFKC")).toMatch(ORDINARY);
      }),
      { numRuns: 20_000 },
    );
  });
  it("a character put into a phone is refused or ordinary, for each character of the first plane in the middle", () => {
    const accepted: string[] = [];
    for (let code = 0; code <= 0xffff; code++) {
      const character = String.fromCharCode(code);
      if (parse(`98765${character}43210`) !== null) accepted.push(character);
    }
    for (const character of accepted) expect(character.normalize("NFKC")).toMatch(ORDINARY);
    expect(accepted.length).toBeLessThan(85);
    expect(accepted.filter((character) => /[\p{L}\p{N}\p{Cc}]/u.test(character))).toEqual([
      ..."\t\n\v\f\r",
    ]);
  });
  it("a character put into a phone never makes it the phone of somebody else", () => {
    fc.assert(
      fc.property(injected, ({ more, text }) => {
        fc.pre(!/\p{N}/u.test(more.normalize("NFKC")));
        expect([null, PHONE]).toContain(parse(text));
      }),
      { numRuns: 20_000 },
    );
  });
  it("a character put into a phone is refused where it is an extension, a second number, a pause or a wildcard", () => {
    for (const more of ["x1", "#", ";ext=5", ",", "*", "w", "/", "&", "tel:", "@", "%2b", "\0"]) {
      expect(parse(`9876543210${more}`)).toBeNull();
      expect(parse(`${more}9876543210`)).toBeNull();
    }
  });
  it("a character put into a phone may be the full-width form of ordinary punctuation", () => {
    expect(parse("（＋９１）　９８７６５－４３２１０")).toBe(PHONE);
  });
  it("a character put into a phone is refused as a second plus or a plus inside", () => {
    for (const text of ["++919876543210", "9+876543210", "91+9876543210", "9876543210+"])
      expect(parse(text)).toBeNull();
  });
});

describe("a trunk zero and a tel address", () => {
  it("a trunk zero and a tel address is read where the zero stands before the country code", () => {
    expect(parse("0919876543210")).toBe(PHONE);
    expect(parse("091-98765 43210")).toBe(PHONE);
  });
  it("a trunk zero and a tel address is nothing else's: another code, a digit too many or too few", () => {
    expect(parse("0929876543210")).toBeNull();
    expect(parse("09198765432101")).toBeNull();
    expect(parse("+0919876543210")).toBeNull();
  });
  it("a trunk zero and a tel address is read where a document holds it, and not where a person types it", () => {
    expect(parseStoredPhone("tel:+919876543210", INDIA)).toBe(PHONE);
    expect(parseStoredPhone("TEL:09876543210", INDIA)).toBe(PHONE);
    expect(parseStoredPhone("tel:+919876543210;ext=1", INDIA)).toBeNull();
    expect(parse("tel:+919876543210")).toBeNull();
  });
});
