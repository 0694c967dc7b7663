import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../../../src/core/bytes.ts";
import type { ChallengeHandle } from "../../../../src/core/ids.ts";
import {
  deriveCode,
  firstUnbiased,
  readTypedCode,
  sameCode,
} from "../../../../src/core/otp/code.ts";
import {
  composeText,
  DEFAULT_TEMPLATES,
  LOCALES,
  type Locale,
} from "../../../../src/core/otp/message.ts";
import type { Keyring } from "../../../../src/core/secrets/keyring.ts";
import {
  bytes,
  expectedMac,
  forgetful,
  keyring,
  OLD,
  rotated,
} from "../../../support/core/keyring-fixture.ts";

const RULES = { templates: DEFAULT_TEMPLATES, brand: "EarlyBird", domain: "login.example" };
const messageIn = (locale: Locale) => composeText(locale, "012345", 300, RULES);
const HANDLE = "AAAAAAAAAAAA" as ChallengeHandle;
const SEED = bytes(32);
/** Of the 2^32 words, those below this are a whole number of times each of the million codes. */
const FIRST_REJECTED = 4_294_000_000;

const words = (...values: number[]): Uint8Array<ArrayBuffer> => {
  const view = new DataView(new ArrayBuffer(values.length * 4));
  for (const [index, value] of values.entries()) view.setUint32(index * 4, value);
  return new Uint8Array(view.buffer);
};

/** A keyring whose MACs are these, block by block. */
const scripted = (...blocks: Uint8Array<ArrayBuffer>[]): Keyring => ({
  ...keyring,
  mac: async (_purpose, _keyId, ...parts) => blocks[parts.at(-1)?.[0] ?? 0] ?? null,
});

describe("a derived code", () => {
  it("a derived code is six digits from the MAC of seed, handle and block, as node:crypto computes it", async () => {
    const mac = expectedMac(OLD.secret, "otp-code", SEED, utf8(HANDLE), Uint8Array.of(0));
    const expected = String(mac.readUInt32BE(0) % 1_000_000).padStart(6, "0");
    expect(mac.readUInt32BE(0)).toBeLessThan(FIRST_REJECTED);
    expect(await deriveCode(keyring, "k1", HANDLE, SEED)).toBe(expected);
  });
  it("a derived code is the same on every node, and after a rotation", async () => {
    const codes = [keyring, rotated].map((ring) => deriveCode(ring, "k1", HANDLE, SEED));
    const [first, second] = await Promise.all(codes);
    expect(second).toBe(first);
  });
  it("a derived code is none once its key is gone", async () => {
    expect(await deriveCode(forgetful, "k1", HANDLE, SEED)).toBeNull();
  });
  it("a derived code depends on seed, handle and key: neither the store nor a key gives it away", async () => {
    const other = async (keyId: string, handle: string, seed: Uint8Array) =>
      deriveCode(rotated, keyId, handle as ChallengeHandle, seed);
    const seeds = Array.from({ length: 30 }, (_, index) => bytes(32, index));
    const codes = await Promise.all([
      ...seeds.map((seed) => other("k1", HANDLE, seed)),
      ...seeds.map((seed) => other("k2", HANDLE, seed)),
      ...seeds.map((seed, index) => other("k1", `handle-${index}`, seed)),
    ]);
    // Of 90 random codes two are equal once in 250 draws; these are fixed.
    expect(new Set(codes).size).toBe(90);
  });
  it("a derived code keeps its leading zeros", async () => {
    expect(await deriveCode(scripted(words(42)), "k1", HANDLE, SEED)).toBe("000042");
    expect(await deriveCode(scripted(words(0)), "k1", HANDLE, SEED)).toBe("000000");
    expect(await deriveCode(scripted(words(7_000_000)), "k1", HANDLE, SEED)).toBe("000000");
  });
  it("a derived code goes to the next word, and the next block, where a word would favour low codes", async () => {
    const biased = words(...Array.from({ length: 8 }, () => 0xffff_ffff));
    expect(await deriveCode(scripted(words(FIRST_REJECTED, 5)), "k1", HANDLE, SEED)).toBe("000005");
    expect(await deriveCode(scripted(biased, words(6)), "k1", HANDLE, SEED)).toBe("000006");
    expect(await deriveCode(scripted(biased, biased, words(7)), "k1", HANDLE, SEED)).toBe("000007");
  });
});

describe("the choice of a word", () => {
  it("the choice of a word takes all below the largest multiple of a million, and none from it on", () => {
    expect(firstUnbiased(words(FIRST_REJECTED - 1))).toBe(FIRST_REJECTED - 1);
    for (const word of [FIRST_REJECTED, FIRST_REJECTED + 1, 0xffff_ffff])
      expect(firstUnbiased(words(word))).toBeNull();
    expect(firstUnbiased(words(0))).toBe(0);
    expect(FIRST_REJECTED % 1_000_000).toBe(0);
    expect(2 ** 32 - FIRST_REJECTED).toBeLessThan(1_000_000);
  });
  it("the choice of a word takes the first that fits, of whole words only", () => {
    const word = fc.nat(0xffff_ffff);
    fc.assert(
      fc.property(fc.array(word, { maxLength: 8 }), fc.nat(3), (values, more) => {
        const block = new Uint8Array([...words(...values), ...new Uint8Array(more)]);
        const expected = values.find((value) => value < FIRST_REJECTED) ?? null;
        expect(firstUnbiased(block)).toBe(expected);
      }),
    );
  });
  it("the choice of a word reads a block that is a view into a larger one", () => {
    expect(firstUnbiased(words(1, 2, 3).subarray(4))).toBe(2);
  });
});

describe("50,000 derived codes", () => {
  it("50,000 derived codes fall evenly on the thousand leading, middle and trailing triples", async () => {
    const count = 50_000;
    const codes: string[] = [];
    for (let block = 0; block < count; block += 1000) {
      const handles = Array.from({ length: 1000 }, (_, index) => `h${block + index}`);
      const made = await Promise.all(
        handles.map((handle) => deriveCode(keyring, "k1", handle as ChallengeHandle, SEED)),
      );
      codes.push(...made.filter((code) => code !== null));
    }
    expect(codes.length).toBe(count);
    for (const at of [0, 1, 3]) {
      const seen = new Array<number>(1000).fill(0);
      for (const code of codes) {
        const triple = Number(code.slice(at, at + 3));
        seen[triple] = (seen[triple] ?? 0) + 1;
      }
      const chiSquare = seen.reduce((sum, n) => sum + (n - count / 1000) ** 2 / (count / 1000), 0);
      // 999 degrees of freedom: mean 999, deviation 45. Beyond six deviations it is not chance.
      expect(chiSquare).toBeGreaterThan(999 - 6 * 45);
      expect(chiSquare).toBeLessThan(999 + 6 * 45);
    }
  });
});

describe("a typed code", () => {
  it("a typed code is read in any script, with spaces and dashes between", () => {
    for (const text of ["012345", " 012 345 ", "012-345", "0 1 2 3 4 5", "\u0966१२३४५", "٠١٢٣٤٥"])
      expect(readTypedCode(text)).toBe("012345");
    const bold = [..."012345"].map((digit) => String.fromCodePoint(0x1d7d8 + Number(digit)));
    expect(readTypedCode(bold.join(""))).toBe("012345");
  });
  it("a typed code is read with any dash, and with the invisible marks that copying adds", () => {
    const dashes = [
      "-",
      "\u2010",
      "\u2011",
      "\u2012",
      "\u2013",
      "\u2014",
      "\u2212",
      "\ufe63",
      "\uff0d",
    ];
    for (const dash of dashes) expect(readTypedCode(`012${dash}345`)).toBe("012345");
    const marks = [
      "\u200b",
      "\u200e",
      "\u200f",
      "\u2066",
      "\u2067",
      "\u2068",
      "\u2069",
      "\ufeff",
      "\u00ad",
    ];
    for (const mark of marks) {
      expect(readTypedCode(`${mark}012${mark}345${mark}`)).toBe("012345");
      expect(readTypedCode(`${mark}${messageIn("en")}${mark}`)).toBe("012345");
      expect(readTypedCode(`@login.example #${mark}012345${mark}`)).toBe("012345");
    }
  });
  it.each(LOCALES)(
    "a typed code is read from the whole message as it is pasted, or its last line: %s",
    (locale) => {
      const message = messageIn(locale);
      const lastLine = message.split("\n").at(-1) ?? "";
      expect(lastLine).toBe("@login.example #012345");
      // A field of one line loses the breaks of a pasted text.
      for (const text of [
        message,
        lastLine,
        message.replaceAll("\n", ""),
        message.replaceAll("\n", " "),
      ])
        expect(readTypedCode(text)).toBe("012345");
    },
  );
  it("a typed code is the code of the last line, whatever other numbers the message holds", () => {
    const brand = "Dairy 560001";
    const text = composeText("en", "012345", 300, { ...RULES, brand });
    expect(readTypedCode(text)).toBe("012345");
    expect(readTypedCode(text.split("\n")[0] ?? "")).toBeNull();
    expect(readTypedCode("Your code is 012345. Call 9876543210.")).toBe("012345");
  });
  it("a typed code is none in a text whose digits belong to a word or to a longer number", () => {
    for (const text of [
      "x012345",
      "012345x",
      "call 9876543210",
      "code 0123456",
      "@host #0123456",
      "123456\u00b2 x",
    ])
      expect(readTypedCode(text)).toBeNull();
  });
  it("a typed code is none with another number of digits or any other character", () => {
    for (const text of ["", "12345", "1234567", "12345a", "+12345", "1e5000", "123.456", "12345²"])
      expect(readTypedCode(text)).toBeNull();
  });
  it("a typed code is none where something follows behind many spaces (regression)", () => {
    expect(readTypedCode(`123456${" ".repeat(26)}`)).toBe("123456");
    expect(readTypedCode(`123456${" ".repeat(26)}7`)).toBeNull();
    expect(readTypedCode("1".repeat(1_000_000))).toBeNull();
  });
  it("a typed code is six ASCII digits or nothing, whatever was typed", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        expect(readTypedCode(text) ?? "000000").toMatch(/^[0-9]{6}$/);
      }),
    );
  });
  it("a typed code is the same as another exactly when every digit is", () => {
    expect(sameCode("012345", "012345")).toBe(true);
    for (const other of ["012346", "112345", "12345", "", "0123456", "\u0966१२३४५"])
      expect(sameCode("012345", other)).toBe(false);
  });
});
