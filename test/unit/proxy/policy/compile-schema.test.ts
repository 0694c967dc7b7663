import { describe, expect, it } from "vitest";
import { compilePolicy } from "../../../../src/proxy/policy/compile-policy.ts";
import { compileSchema } from "../../../../src/proxy/policy/compile-schema.ts";
import type { JsonSchema } from "../../../../src/proxy/policy/json-schema.ts";

function faults(schema: JsonSchema, value: unknown, shared = {}): readonly string[] {
  const compiled = compileSchema(schema, shared);
  if (!compiled.ok) throw new Error(compiled.failure);
  return compiled.value(value).map(({ detail, pointer }) => `${pointer} ${detail}`);
}

describe("an object's members", () => {
  const item = { type: "object", properties: { a: { type: "number" } } };

  it.each<[string, JsonSchema, unknown]>([
    ["directly", item, { b: 1 }],
    ["without a word about them", { type: "object" }, { b: 1 }],
    ["in a member", { properties: { in: item } }, { in: { b: 1 } }],
    ["in a list", { items: item }, [{ a: 1 }, { b: 1 }]],
    ["in the items before", { prefixItems: [item] }, [{ b: 1 }]],
    ["in any member", { additionalProperties: item }, { x: { b: 1 } }],
    ["in members by a pattern", { patternProperties: { "^x": item } }, { x: { b: 1 } }],
    ["by a name of $defs", { $ref: "#/$defs/item" }, { b: 1 }],
    ["in a choice", { anyOf: [item, { type: "string" }] }, { b: 1 }],
    ["in all of several", { allOf: [item, { minProperties: 1 }] }, { b: 1 }],
    ["in a list in a choice", { oneOf: [{ items: item }] }, [{ b: 1 }]],
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    ["behind a condition", { if: { required: ["a"] }, then: item, else: item }, { b: 1 }],
  ])("an object's members are those that the schema names: %s", (_, schema, value) => {
    expect(faults(schema, value, { item })).not.toEqual([]);
  });

  it.each<[string, JsonSchema, unknown]>([
    ["says so", { ...item, additionalProperties: true }, { b: { c: 1 } }],
    ["says of which kind", { ...item, additionalProperties: { type: "string" } }, { b: "x" }],
    ["says so of what it did not look at", { ...item, unevaluatedProperties: true }, { b: 1 }],
    ["adds up several", { allOf: [item, { properties: { b: {} } }] }, { a: 1, b: 2 }],
    ["refers to some", { $ref: "#/$defs/item", properties: { b: {} } }, { a: 1, b: 2 }],
  ])("an object's members are others as well where it %s", (_, schema, value) => {
    expect(faults(schema, value, { item })).toEqual([]);
  });

  it("an object's members stay what `not` and `if` make of them: to close those would let more through", () => {
    const not = {
      type: "object",
      properties: { a: {}, b: {} },
      not: { properties: { a: { const: 1 } } },
    };
    expect(faults(not, { a: 1, b: 2 })).not.toEqual([]);
    expect(faults(not, { a: 2, b: 2 })).toEqual([]);
  });
});

describe("a fault", () => {
  const schema: JsonSchema = {
    type: "object",
    required: ["name"],
    properties: {
      name: { type: "string", maxLength: 3 },
      n: {
        anyOf: [
          { type: "number", maximum: 9 },
          { type: "string", pattern: "^\\d$" },
        ],
      },
      at: { type: "string", format: "date" },
      one: { enum: ["a", "b"] },
      list: { maxItems: 2, items: { type: "object", properties: { x: { minimum: 0 } } } },
    },
  };

  it.each<[unknown, string]>([
    [{}, "/name is missing"],
    [[], " must be of type object"],
    [null, " must be of type object"],
    [{ name: 7 }, "/name must be of type string"],
    [{ name: "abcd" }, "/name is too long"],
    [{ name: "a", n: 10 }, "/n does not fit"],
    [{ name: "a", n: { $ne: null } }, "/n does not fit"],
    [{ name: "a", at: "2026-02-30" }, "/at does not have the required form"],
    [{ name: "a", one: "c" }, "/one is none of the accepted values"],
    [{ name: "a", list: [{ x: 1 }, { x: -1 }] }, "/list/1/x is too small"],
    [{ name: "a", list: [{}, { y: 1 }] }, "/list/1/y is not allowed here"],
    [{ name: "a", extra: 1 }, "/extra is not allowed here"],
    [{ name: "a", list: [{}, {}, {}] }, "/list has too many items"],
  ])("a fault of %j names the field: %s", (value, expected) => {
    expect(faults(schema, value)).toEqual([expected]);
  });

  it("a fault never quotes a value, nor a name that could be a phone or a token", () => {
    const secrets = ["+919876500101", "9876500101", "asha@example.com", "eyJhbGciOi.x", "\ud800"];
    for (const secret of secrets) {
      const values = [
        { name: "a", [secret]: 1 },
        { name: `${secret} and more` },
        { name: "a", one: secret },
        { name: "a", n: 9876500101 },
        { name: "a", list: [{ [secret]: 1 }] },
      ];
      for (const value of values) {
        const said = faults(schema, value).join();
        expect(said).not.toBe("");
        expect(said).not.toMatch(/98765|asha|eyJ|\ud800/);
      }
    }
  });

  it("a fault is one of at most twenty, however much is wrong", () => {
    const wrong = Object.fromEntries(
      Array.from({ length: 5000 }, (_, n) => [`k_${"x".repeat(n % 30)}${n}`, {}]),
    );
    expect(faults(schema, { name: "a", ...wrong }).length).toBeLessThanOrEqual(20);
  });
});

describe("a schema in a policy file", () => {
  const errors = (member: "body" | "query", schema: unknown, more = {}, match = "POST /a") => {
    const rule = { match, allow: ["customer"], [member]: schema };
    const policy = compilePolicy({ rules: [rule], ...more });
    return policy.ok ? [] : policy.failure.map(({ detail, position }) => `${position} ${detail}`);
  };

  it.each<[unknown, string]>([
    [{ requird: ["a"] }, 'rules[0].body unknown member "requird"'],
    [{ type: "text" }, "rules[0].body type must be"],
    [{ type: ["string", "text"] }, "rules[0].body type"],
    [
      { properties: { a: { minimum: "1" } } },
      "rules[0].body properties.a.minimum must be a number",
    ],
    [
      { properties: { a: { pattern: "(" } } },
      "rules[0].body properties.a.pattern must be a regular",
    ],
    [
      { properties: { a: { format: "phone" } } },
      "rules[0].body properties.a.format must be one of",
    ],
    [{ items: [{ type: "string" }] }, "rules[0].body items must be a JSON Schema"],
    [{ minLength: -1 }, "rules[0].body minLength must not be negative"],
    [{ anyOf: [] }, "rules[0].body anyOf must not be empty"],
    [{ uniqueItems: true }, 'rules[0].body unknown member "uniqueItems"'],
    [{ $ref: "https://example.com/x" }, "rules[0].body $ref must be #/$defs/NAME"],
    [{ $ref: "#/$defs/nothing" }, "rules[0].body refers to #/$defs/nothing, which does not exist"],
    [{ not: { $ref: "#/$defs/nothing" } }, "rules[0].body refers to #/$defs/nothing"],
    [{ $defs: { a: { $ref: "#/$defs/a" } }, $ref: "#/$defs/a" }, "rules[0].body cannot be used"],
    ["object", "rules[0].body must be a JSON Schema"],
    [null, "rules[0].body must be a JSON Schema"],
  ])("a schema in a policy file: %j stops the start and names the rule", (schema, expected) => {
    const found = errors("body", schema);
    expect(found.length).toBe(1);
    expect(found[0]).toContain(expected.slice(0, 30));
    expect(found[0]?.startsWith(expected), found[0]).toBe(true);
  });

  it("a schema in a policy file may use the file's own $defs, and must be where a body can be", () => {
    const $defs = { id: { type: "string" } };
    expect(errors("body", { properties: { a: { $ref: "#/$defs/id" } } }, { $defs })).toEqual([]);
    expect(errors("query", false, {}, "GET /a")).toEqual([]);
    for (const match of ["GET /a", "* /a"]) {
      expect(errors("body", {}, {}, match)).toEqual([
        "rules[0].body needs a method of its own that has a body",
      ]);
    }
    expect(errors("body", {}, { $defs: { id: { typ: 1 } } })).toEqual([
      expect.stringContaining('unknown member "typ"'),
    ]);
  });

  it("a schema in a policy file needs members beside it that can mean something", () => {
    const wrong = (more: object) => {
      const policy = compilePolicy({ rules: [{ match: "POST /a", allow: ["admin"], ...more }] });
      return policy.ok ? [] : policy.failure.map(({ detail, position }) => `${position} ${detail}`);
    };
    const stored = { collection: "customers_v2", id: "path.id" };
    expect(wrong({ max_body: 1000 })).toEqual([
      "rules[0].max_body is for a judged body: this rule judges none",
    ]);
    expect(wrong({ max_body: 26_214_401, body: {} })).toEqual([
      "rules[0].max_body must be at most 26214400",
    ]);
    expect(wrong({ unchanged: { "body.phone": stored } })).toEqual([
      "rules[0].unchanged path.id is not in the pattern",
    ]);
    const both = { unchanged: { "body.phone": { ...stored, id: "body.id" } }, forbid: ["phone"] };
    expect(wrong(both)).toEqual(["rules[0].unchanged body.phone is forbidden as well"]);
    expect(wrong({ unchanged: { "query.phone": stored } })).toEqual([
      'rules[0].unchanged "query.phone" is not a field that is allowed here',
    ]);
    const sums = { each: "body.items", total: "total", product: ["price"], within: 0.005 };
    expect(wrong({ sums })).toEqual([]);
    expect(wrong({ sums: { ...sums, each: "query.items" } }).length).toBe(1);
    expect(wrong({ sums: { ...sums, within: -1 } }).length).toBe(1);
  });
});
