import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  concat,
  equalBytes,
  equalTexts,
  fromBase64url,
  joined,
  storedBytes,
  toBase64url,
  toHex,
  utf8,
} from "../../../src/core/bytes.ts";

const array = fc.uint8Array({ maxLength: 70 });

describe("base64url", () => {
  it("base64url is what Node makes of the same bytes, and reads back", () => {
    fc.assert(
      fc.property(array, (bytes) => {
        const text = toBase64url(bytes);
        expect(text).toBe(Buffer.from(bytes).toString("base64url"));
        expect(fromBase64url(text)).toEqual(Uint8Array.from(bytes));
      }),
    );
  });
  it("base64url has one spelling for each value: no other text gives the same bytes", () => {
    const text = fc.string({ unit: fc.constantFrom(..."AZaz09-_+/= B"), maxLength: 12 });
    fc.assert(
      fc.property(text, (spelling) => {
        const bytes = fromBase64url(spelling);
        if (bytes !== null) expect(toBase64url(bytes)).toBe(spelling);
      }),
      { numRuns: 2000 },
    );
  });
  it("base64url refuses padding, the other alphabet, white space and impossible lengths", () => {
    for (const text of ["AA==", "AA=", "A", "AAAAA", "+/+/", " AAA", "AAAA\n", "AB", "é"])
      expect(fromBase64url(text)).toBeNull();
  });
  it("base64url throws where what we ourselves stored is broken, without repeating it", () => {
    expect(() => storedBytes("secret!")).toThrow(/^a stored value is not base64url$/);
    expect(storedBytes("AQI")).toEqual(Uint8Array.of(1, 2));
  });
});

describe("bytes", () => {
  it("bytes are equal exactly when length and every byte are", () => {
    fc.assert(
      fc.property(array, array, (a, b) => {
        expect(equalBytes(a, b)).toBe(Buffer.from(a).equals(Buffer.from(b)));
        expect(equalBytes(a, Uint8Array.from(a))).toBe(true);
      }),
    );
  });
  it("bytes differ where any single bit does", () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, index) => index);
    for (let bit = 0; bit < 256; bit++) {
      const other = Uint8Array.from(bytes);
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(equalBytes(bytes, other)).toBe(false);
    }
  });
  it("texts are equal exactly when length and every character are", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (a, b) => {
        expect(equalTexts(a, b)).toBe(a === b);
        expect(equalTexts(`${a}${b}`, `${a}${b}`)).toBe(true);
        expect(equalTexts(`${a}x${b}`, `${a}y${b}`)).toBe(false);
        expect(equalTexts(a, `${a}\0`)).toBe(false);
      }),
    );
  });
  it("bytes are joined in order", () => {
    fc.assert(
      fc.property(fc.array(array, { maxLength: 5 }), (parts) => {
        expect(Buffer.from(concat(...parts))).toEqual(Buffer.concat(parts));
      }),
    );
  });
  it("bytes that come one at a time are joined, however many: a client chooses the size of its chunks", () => {
    const chunks = Array.from({ length: 200_000 }, (_, at) => Uint8Array.of(at % 256));
    const whole = joined(chunks);
    expect(whole).toHaveLength(chunks.length);
    expect(whole[70_000]).toBe(70_000 % 256);
  });
  it("bytes are written as Node writes them", () => {
    fc.assert(
      fc.property(array, fc.string({ unit: "binary" }), (bytes, text) => {
        expect(toHex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
        expect(Buffer.from(utf8(text))).toEqual(Buffer.from(text));
      }),
    );
  });
});
