import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseStrictJson } from "../../../../src/proxy/wire/strict-json.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const parse = (text: string) => parseStrictJson(bytes(text));

describe("strict JSON", () => {
  it("strict JSON is read as JSON.parse reads it", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), fc.constantFrom(0, 2, "\t"), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        fc.pre(!/"(?:\$|__proto__"|constructor"|prototype")/.test(text));
        expect(parse(text)).toEqual({ value: JSON.parse(text) });
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["a key twice", '{"a":1,"a":1}'],
    ["a key twice, once escaped", '{"a":1,"\\u0061":2}'],
    ["a key twice, written in two escapes", '{"\\u002f":1,"\\/":2}'],
    ["a key twice, far apart and deep", '[{"x":{"a":[{"b":"}"}],"c":"\\"","a":1}}]'],
    ["a key twice, empty", '{"":1,"":2}'],
    ["an operator", '{"a":{"$ne":null}}'],
    ["an operator, escaped", '{"a":{"\\u0024ne":null}}'],
    ["__proto__", '{"__proto__":{}}'],
    ["__proto__, escaped", '{"a":[{"\\u005f_proto__":{}}]}'],
    ["constructor", '{"constructor":{"prototype":{}}}'],
    ["prototype", '{"prototype":1}'],
    ["an infinite number", '{"a":1e400}'],
    ["an infinite number, deep", "[[-1e999]]"],
    ["a byte order mark", '\ufeff{"a":1}'],
    ["65 levels", "[".repeat(65) + "]".repeat(65)],
    ["a million levels", "[".repeat(1_000_000)],
    ["a million levels, closed", "[".repeat(500_000) + "]".repeat(500_000)],
    ["nothing", ""],
    ["blanks alone", "  \n"],
    ["two values", "{} {}"],
    ["a comma too many", '{"a":1,}'],
    ["single quotes", "{'a':1}"],
    ["a comment", '{"a":1}//'],
    ["NaN, which Python reads", '{"a":NaN}'],
    ["Infinity, which Python reads", '{"a":-Infinity}'],
    ["a raw newline in a text", '{"a":"\n"}'],
    ["a form", "a=1&b=2"],
  ])("strict JSON is not %s", (_, text) => {
    expect(parse(text)).toBeNull();
  });

  it("strict JSON is UTF-8: no UTF-16, which the backend would read, and no broken bytes", () => {
    for (const encoding of ["utf16le", "latin1"] as const) {
      expect(parseStrictJson(new Uint8Array(Buffer.from('{"a":"é"}', encoding)))).toBeNull();
    }
    for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe0, 0xa4]]) {
      expect(parseStrictJson(Uint8Array.from([0x22, ...bad, 0x22]))).toBeNull();
      // All bodies share one decoder: half a character must not reach into the next body.
      expect(parseStrictJson(Uint8Array.from([0x22, ...bad]))).toBeNull();
      expect(parse('"é"')).toEqual({ value: "é" });
    }
  });

  it("strict JSON may have one key in several objects, brackets in texts, and 64 levels", () => {
    for (const text of [
      '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}',
      '{"a":"{\\"a\\":1,","b":"[,]","c":"\\\\"}',
      '["a","a",{"a":"a"},"a"]',
      '{"a":"$ne","b":"__proto__","c$":1,"toString":2,"hasOwnProperty":3}',
      "[".repeat(64) + "]".repeat(64),
      `"${"\\\\".repeat(400_000)}"`,
    ]) {
      expect(parse(text)).toEqual({ value: JSON.parse(text) });
    }
  });

  it("strict JSON finds a key that stands twice wherever it stands", () => {
    const shape = fc.tuple(
      fc.array(fc.string({ maxLength: 4 }), { maxLength: 6 }),
      fc.nat(5),
      fc.nat(3),
    );
    fc.assert(
      fc.property(shape, ([keys, at, depth]) => {
        const safe = [...new Set(keys.map((key) => `k${key}`)), "duplicate"];
        const twice = [...safe.slice(0, at), "duplicate", ...safe.slice(at)].filter(
          (key, index, all) => key !== "duplicate" || index === at || index === all.length - 1,
        );
        const members = twice.map(
          (key) => `${JSON.stringify(key)}:[{"x":"${'{\\"duplicate\\":'}"}]`,
        );
        const text = `${"[".repeat(depth)}{${members.join(",")}}${"]".repeat(depth)}`;
        const repeats = twice.length !== new Set(twice).size;
        expect(parse(text) === null).toBe(repeats);
      }),
    );
  });
});
