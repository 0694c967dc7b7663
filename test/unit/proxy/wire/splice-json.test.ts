import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { withoutMembers, withTextMember } from "../../../../src/proxy/wire/splice-json.ts";

const NAMES = new Set(["password", "password_hash"]);
const noPause = async () => {};
const cut = (text: string) => withoutMembers(text, NAMES, noPause);

/** Numbers that a parser would write otherwise. */
const ODD_NUMBERS = [
  ...["9007199254740993", "12345678901234567890", "1.0", "-0", "-0.0", "1e2", "1E+2", "0.10"],
  ...["1e400", "123456789.123456789123456789"],
];
const blank = fc.constantFrom("", "", "", " ", "\n", "\t ", "\r\n");
const key = fc.constantFrom("a", "b", "2", "1", "password", "password_hash", "Password", "", "é");
/** A key in one of its spellings. */
const spelled = fc.tuple(key, fc.boolean()).map(([name, isEscaped]) => ({
  name,
  text: isEscaped
    ? `"${Array.from(name, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("")}"`
    : JSON.stringify(name),
}));

/** A JSON text beside the same text as it is without the members that are cut. */
interface Both {
  readonly text: string;
  readonly value: unknown;
}
const { json } = fc.letrec<{ json: Both }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc
      .constantFrom(...ODD_NUMBERS, "true", "null", '"a"', '"\\u0061,\\"}"', '"password"')
      .map((text) => ({
        text,
        value: { written: text },
      })),
    fc.tuple(fc.array(tie("json"), { maxLength: 3 }), blank).map(([items, gap]) => ({
      text: `[${gap}${items.map(({ text }) => text).join(`${gap},${gap}`)}${gap}]`,
      value: items.map(({ value }) => value),
    })),
    fc
      .tuple(
        fc.uniqueArray(fc.tuple(spelled, tie("json")), {
          maxLength: 5,
          selector: ([{ name }]) => name,
        }),
        blank,
      )
      .map(([members, gap]) => ({
        text: `{${gap}${members.map(([{ text }, at]) => `${text}${gap}:${gap}${at.text}`).join(`${gap},${gap}`)}${gap}}`,
        value: {
          members: members
            .filter(([{ name }]) => !NAMES.has(name))
            .map(([{ text }, { value }]) => [text, value]),
        },
      })),
  ),
}));

/** The same shape read back from a text, every token as it is written. */
function asWritten(text: string): unknown {
  let at = 0;
  const skip = () => {
    while (/\s/.test(text[at] ?? "")) at++;
  };
  const token = () => {
    skip();
    const [found = ""] = /^(?:"(?:[^"\\]|\\.)*"|[^\s,:\]}]+)/.exec(text.slice(at)) ?? [];
    at += found.length;
    return found;
  };
  const list = <T>(end: string, one: () => T): T[] => {
    at++;
    const all: T[] = [];
    for (skip(); text[at] !== end; skip()) {
      if (text[at] === ",") at++;
      all.push(one());
    }
    at++;
    return all;
  };
  const value = (): unknown => {
    skip();
    if (text[at] === "[") return list("]", value);
    if (text[at] !== "{") return { written: token() };
    const members = list("}", () => {
      const name = token();
      skip();
      at++;
      return [name, value()];
    });
    return { members };
  };
  return value();
}

describe("members cut out of a JSON text", () => {
  it("members cut out of a JSON text leave JSON in which everything else stands as it was written", async () => {
    await fc.assert(
      fc.asyncProperty(json, async ({ text, value }) => {
        const left = await cut(text);
        if (left === null) throw new Error("refused");
        JSON.parse(left);
        expect(asWritten(left)).toEqual(value);
        expect(await cut(left)).toBe(left);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['{"password":1}', "{}"],
    ['{"a":1,"password":1}', '{"a":1}'],
    ['{"password":1,"a":1}', '{"a":1}'],
    ['{"password":1,"password_hash":2,"a":1,"password":{"a":[1]},"b":2}', '{"a":1,"b":2}'],
    ['{"a":1 , "password" : [ {"password":1} ] , "b":2}', '{"a":1  , "b":2}'],
    ['{"passw\\u006frd":1,"a":{"\\u0070assword":2}}', '{"a":{}}'],
    ['[{"password":1},{"password":1}]', "[{},{}]"],
    ['{"a":{"password":1},"b":1}', '{"a":{},"b":1}'],
    ['{"2":9007199254740993,"password":"x","1":1.0}', '{"2":9007199254740993,"1":1.0}'],
    ['"password"', '"password"'],
  ])("members cut out of a JSON text make of %s %s", async (text, left) => {
    expect(await cut(text)).toBe(left);
  });

  it.each([
    ...["", " ", "{", '{"a"}', '{"a":1,}', "[1,]", "[1 2]", '{"a":1 "b":2}', "01", "1.", "-", "+1"],
    ...["nul", '"\\x"', '"\\u12g4"', '"\n"', "{}{}", "[]]", "{]", "NaN", "'a'", '{"a":1}x'],
    ...['{"a":1,"a":2}', '{"__proto__":1}', '\ufeff{"a":1}'],
  ])("members cut out of a JSON text are not cut out of %s", async (text) => {
    expect(await cut(text)).toBeNull();
  });

  it("members cut out of a JSON text are not cut out of what is nested deeper than any answer, whatever the depth", async () => {
    expect(await cut("[".repeat(512) + "]".repeat(512))).not.toBeNull();
    for (const depth of [513, 400_000]) {
      expect(await cut("[".repeat(depth) + "]".repeat(depth))).toBeNull();
    }
  });

  it("members cut out of a JSON text are found in a long text in pieces, with a pause between them", async () => {
    const text = `[${Array.from({ length: 60_000 }, (_, n) => `{"n":${n},"password":"x"}`).join(",")}]`;
    let pauses = 0;
    const left = await withoutMembers(text, NAMES, async () => {
      pauses++;
    });
    expect(left).toBe(text.replaceAll(',"password":"x"', ""));
    expect(pauses).toBeGreaterThanOrEqual(5);
  });
});

describe("a text set as a member of a JSON object", () => {
  it.each([
    ['{"c":"c-2","d":1.0}', '{"c":"c-1","d":1.0}'],
    [
      '{ "c" : {"c":[1,{"c":2}]} , "d":9007199254740993 }',
      '{ "c" : "c-1" , "d":9007199254740993 }',
    ],
    ['{"d":{"c":1}}', '{"d":{"c":1},"c":"c-1"}'],
    ['{"2":1,"1":2}\n', '{"2":1,"1":2,"c":"c-1"}\n'],
    ['{"\\u0063":null}', '{"\\u0063":"c-1"}'],
    ["{}", '{"c":"c-1"}'],
    ["{ }", '{"c":"c-1" }'],
    ['{"d":[] }', '{"d":[],"c":"c-1" }'],
  ])("a text set as a member of a JSON object makes of %s %s", (text, set) => {
    expect(withTextMember(text, "c", "c-1")).toBe(set);
  });

  it("a text set as a member of a JSON object is read back, whatever text it is, and nothing else changes", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true });
    fc.assert(
      fc.property(object, fc.string(), fc.string({ unit: "grapheme" }), (value, name, text) => {
        fc.pre(name !== "__proto__");
        const set = withTextMember(JSON.stringify(value), name, text);
        expect(JSON.parse(set)).toEqual({ ...JSON.parse(JSON.stringify(value)), [name]: text });
      }),
    );
  });
});
