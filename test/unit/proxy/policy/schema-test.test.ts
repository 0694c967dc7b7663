import { readFileSync } from "node:fs";
import { type Schema, Validator } from "@cfworker/json-schema";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { closedSchema } from "../../../../src/proxy/policy/close-schema.ts";
import { JSON_SCHEMA, type ObjectSchema } from "../../../../src/proxy/policy/json-schema.ts";
import { schemaTest } from "../../../../src/proxy/policy/schema-test.ts";

/** The library's verdict on whole values, of which it throws on some; null: it cannot use the schema. */
function libraryTest(schema: ObjectSchema): ((value: unknown) => boolean) | null {
  try {
    const validator = new Validator(schema as Schema, "2020-12");
    return (value) => {
      try {
        return validator.validate(value).valid;
      } catch {
        return false;
      }
    };
  } catch {
    return null;
  }
}

const NAMES = ["a", "b", "__proto__", "toString", "\ud800"];
const TEXTS = [
  "",
  "a",
  "ab",
  "\u{1f600}",
  "\u{1f600}b",
  "\ud800",
  "20",
  "2026-02-28",
  "2026-02-30",
];
const NUMBERS = [0, -0, 1, 2, 3, 1.5, -1, 1e21, 2 ** 53];

const name = fc.constantFrom(...NAMES);
const scalar = fc.constantFrom<unknown>(...TEXTS, ...NUMBERS, true, false, null);
const count = fc.integer({ min: 0, max: 3 });
const bound = fc.constantFrom(-1, 0, 1, 2, 1.5);
const few = <T>(one: fc.Arbitrary<T>) => fc.array(one, { minLength: 1, maxLength: 3 });
const byName = <T>(one: fc.Arbitrary<T>) =>
  fc
    .array(fc.tuple(name, one), { maxLength: 3 })
    .map((entries): object => Object.fromEntries(entries));

const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 2 }),
    { weight: 3, arbitrary: byName(tie("value")) },
  ),
}));

const TYPES = "array boolean integer null number object string".split(" ");
const type = fc.constantFrom(...TYPES);
const REFS = ["x", "y", "z"];
const { schema } = fc.letrec<{ schema: unknown }>((tie) => {
  const part = tie("schema");
  const compared = fc.oneof({ weight: 9, arbitrary: scalar }, { weight: 1, arbitrary: value });
  /** Each keyword in half of the schemas. */
  const some = (keywords: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record(keywords, { requiredKeys: [] });
  const $ref = fc.constantFrom(...REFS.map((one) => `#/$defs/${one}`));
  const ofObjects = some({
    $ref,
    properties: byName(part),
    additionalProperties: part,
    unevaluatedProperties: part,
    required: fc.array(name, { maxLength: 2 }),
    maxProperties: count,
  });
  const ofLists = some({
    $ref,
    minProperties: count,
    items: part,
    minItems: count,
    maxItems: count,
  });
  const choices = some({ anyOf: few(part), properties: byName(part), title: fc.constant("none") });
  const ofScalars = some({ type: fc.oneof(type, few(type)), enum: few(compared) });
  const ofNumbers = some({
    const: compared,
    minimum: bound,
    maximum: bound,
    exclusiveMinimum: bound,
    exclusiveMaximum: bound,
  });
  const ofTexts = some({
    minLength: count,
    maxLength: count,
    pattern: fc.constantFrom("^a", "^.$", "\\d", "^20\\d\\d-"),
    format: fc.constantFrom("date", "email", "uuid", "time"),
  });
  // Keywords that are left to the library: the whole schema is.
  const left = some({ not: part, allOf: few(part), multipleOf: fc.constant(2) });
  return {
    schema: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      { weight: 2, arbitrary: fc.boolean() },
      { weight: 4, arbitrary: ofObjects },
      { weight: 2, arbitrary: ofLists },
      { weight: 2, arbitrary: choices },
      { weight: 2, arbitrary: ofScalars },
      { weight: 1, arbitrary: ofNumbers },
      { weight: 1, arbitrary: ofTexts },
      { weight: 1, arbitrary: left },
    ),
  };
});

/** A schema of the policy language with its `$defs`, closed as the policy closes it or as written. */
const whole = fc
  .tuple(schema, fc.record({ x: schema, y: schema, z: schema }), fc.boolean())
  .map(([one, $defs, isClosed]): ObjectSchema => {
    const made = { ...(typeof one === "object" ? one : { additionalProperties: one }), $defs };
    const read = JSON_SCHEMA.parse(made) as ObjectSchema;
    return isClosed ? closedSchema(read) : read;
  });

/** Small schemas, in which parts that look at members of one object often meet. */
const simple = fc.constantFrom<unknown>(
  true,
  false,
  { type: "string" },
  { items: { additionalProperties: true } },
);
const ofMembers = (more: object = {}) => {
  const members = {
    properties: byName(simple),
    additionalProperties: simple,
    unevaluatedProperties: simple,
    required: fc.array(name, { maxLength: 1 }),
  };
  return fc.record(members, { requiredKeys: [] }).map((made): object => ({ ...made, ...more }));
};
const merged = fc
  .tuple(
    fc.oneof(
      ofMembers({ $ref: "#/$defs/x" }),
      fc.tuple(ofMembers(), simple).map((anyOf): object => ({ anyOf })),
      fc
        .tuple(simple, simple, ofMembers())
        .map(([one, two, more]) => ({ ...more, anyOf: [one, two] })),
    ),
    fc.oneof(ofMembers(), ofMembers({ $ref: "#/$defs/y" }), fc.constant({ $ref: "#/$defs/y" })),
    ofMembers(),
  )
  .map(
    ([one, x, y]): ObjectSchema => JSON_SCHEMA.parse({ ...one, $defs: { x, y } }) as ObjectSchema,
  );
const small = fc.oneof(
  byName(fc.constantFrom<unknown>("x", 1, ["x"], [1])),
  fc.constantFrom<unknown>("x", 1, ["x"], [{ "\ud800": 1 }]),
);

describe("a schema as functions", () => {
  it.each<[string, fc.Arbitrary<ObjectSchema>, fc.Arbitrary<unknown>]>([
    ["of every keyword", whole, value],
    ["with parts that meet in one object", merged, small],
  ])("a schema as functions judges as the library judges: schemas %s", (_, schemas, values) => {
    const seen = { fits: 0, refused: 0, left: 0 };
    const some = fc.array(values, { minLength: 6, maxLength: 6 });
    fc.assert(
      fc.property(schemas, some, (one, judged) => {
        const library = libraryTest(one);
        fc.pre(library !== null);
        const fits = schemaTest(one);
        if (fits === null) return void seen.left++;
        for (const each of judged) {
          const isFit = fits(each);
          seen[isFit ? "fits" : "refused"]++;
          expect(isFit).toBe(library?.(each));
        }
      }),
      { numRuns: 600 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(100);
  });

  it("a schema as functions judges as the library judges: every keyword on its own, on every value", () => {
    const scalars = [...TEXTS, ...NUMBERS, true, false, null];
    const judged = [...scalars, [], ["a"], [1, 2], {}, { a: 1 }, { a: 1, b: "" }];
    const counts = "minLength maxLength minItems maxItems minProperties maxProperties".split(" ");
    const bounds = "minimum maximum exclusiveMinimum exclusiveMaximum".split(" ");
    const formats = "date date-time email ipv4 ipv6 time uri uuid".split(" ");
    const schemas: readonly object[] = [
      ...TYPES.flatMap((one) => [{ type: one }, { type: [one] }, { type: [one, "integer"] }]),
      ...scalars.flatMap((one) => [{ const: one }, { enum: [one] }, { enum: [one, "a", 1] }]),
      ...counts.flatMap((one) => [0, 1, 2].map((most) => ({ [one]: most }))),
      ...bounds.flatMap((one) => [-1, 0, 1, 1.5, 1e21].map((bound) => ({ [one]: bound }))),
      ...formats.map((format) => ({ format })),
      ...["^a", "^.$", "\\d", "^20\\d\\d-"].map((pattern) => ({ pattern })),
      ...NAMES.slice(0, 4).map((one) => ({ required: [one] })),
    ];
    const differing = schemas.flatMap((schema) => {
      const one = JSON_SCHEMA.parse(schema) as ObjectSchema;
      const [fits, library] = [schemaTest(one), libraryTest(one)];
      if (fits === null || library === null) return [schema];
      return judged
        .filter((each) => fits(each) !== library(each))
        .map((each) => ({ schema, value: each }));
    });
    expect(differing).toEqual([]);
  });

  it("a schema as functions exists for every body and query of the shipped policy", () => {
    const { $defs, rules } = JSON.parse(readFileSync("policy/earlybird.json", "utf8"));
    const schemas = rules
      .flatMap(({ body, query }: { body?: unknown; query?: unknown }) => [body, query])
      .filter((one: unknown) => typeof one === "object");
    expect(schemas.length).toBeGreaterThan(5);
    for (const one of schemas) expect(schemaTest(closedSchema({ ...one, $defs }))).not.toBeNull();
  });
});
