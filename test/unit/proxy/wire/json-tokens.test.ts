import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonTokens } from "../../../../src/proxy/wire/json-tokens.ts";

function isJson(text: string): boolean {
  const tokens = new JsonTokens(text, 100);
  while (tokens.next());
  return tokens.isComplete;
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** JSON, or nearly. */
const mutated = fc
  .tuple(
    fc.json({ maxDepth: 4 }),
    fc.nat(),
    fc.nat(2),
    fc.constantFrom(...'{}[]:,"\\/ \n\t0123.eE+-u\u0000\ufefftnx', "\\u00", "1.", "null", "\u2028"),
  )
  .map(([text, at, length, put]) => {
    const place = at % (text.length + 1);
    return text.slice(0, place) + put + text.slice(place + length);
  });
const soup = fc.string({ unit: fc.constantFrom(...'{}[]:,"\\ 019.eE+-utrfalsn'), maxLength: 12 });

describe("the tokens of a text", () => {
  it.each([
    ["JSON", fc.json()],
    ["almost JSON", mutated],
    ["a soup of its letters", soup],
  ])("the tokens of a text make a whole exactly where JSON.parse reads it: %s", (_, texts) => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(isJson(text)).toBe(parses(text));
      }),
      { numRuns: 2000 },
    );
  });

  it("the tokens of a text say where each begins and ends, how deep it stands, and what a key reads", () => {
    const text = ' {"a\\u0062" : [1.0,{}], "c":"\\"" }';
    const tokens = new JsonTokens(text, 9);
    const all: unknown[] = [];
    while (tokens.next()) {
      const { depth, end, start, token } = tokens;
      all.push([token, token === "key" ? tokens.key : text.slice(start, end), depth]);
    }
    expect(all).toEqual([
      ["object", "{", 0],
      ["key", "ab", 1],
      ["array", "[", 1],
      ["number", "1.0", 2],
      ["comma", ",", 2],
      ["object", "{", 2],
      ["object-end", "}", 2],
      ["array-end", "]", 1],
      ["comma", ",", 1],
      ["key", "c", 1],
      ["text", '"\\""', 1],
      ["object-end", "}", 0],
    ]);
    expect(tokens.isComplete).toBe(true);
  });
});
