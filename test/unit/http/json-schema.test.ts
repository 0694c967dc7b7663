import { describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { routesOf } from "../../../src/http/create-app.ts";
import { type JsonSchema, jsonSchema } from "../../../src/http/openapi/json-schema.ts";
import { ERROR_STYLES } from "../../../src/http/problems/error-response.ts";
import { FULL_SITE } from "../../support/gateway/every-site.ts";

const ours = (schema: z.ZodMiniType) => {
  const shared = new Map<string, JsonSchema>();
  const root = jsonSchema(schema, shared);
  return JSON.parse(JSON.stringify({ root, shared: Object.fromEntries(shared) }));
};

/** What zod itself says, in our spelling: shared schemas apart, and no bounds of a safe integer. */
function theirs(schema: z.ZodMiniType) {
  const { $schema: _, $defs, ...root } = z.toJSONSchema(schema, { io: "input" });
  const text = JSON.stringify({ root, shared: $defs ?? {} })
    .replaceAll("#/$defs/", "#/components/schemas/")
    .replaceAll(`,"minimum":${Number.MIN_SAFE_INTEGER},"maximum":${Number.MAX_SAFE_INTEGER}`, "");
  return JSON.parse(text);
}

const ROUTES = routesOf(FULL_SITE);
const named = ROUTES.flatMap(({ answers, body, method, path }): [string, z.ZodMiniType][] => {
  const shapes = Object.entries(answers).filter(
    (entry): entry is [string, z.ZodMiniType] => entry[1] instanceof z.ZodMiniType,
  );
  return [
    ...(body === null ? [] : [[`the body of ${method} ${path}`, body.schema] as const]),
    ...shapes.map(([status, shape]) => [`${status} of ${method} ${path}`, shape] as const),
  ].map(([name, schema]) => [name, schema]);
});
const errors = Object.entries(ERROR_STYLES).map(([name, { shape }]): [string, z.ZodMiniType] => [
  `an error of style ${name}`,
  shape,
]);

describe("the JSON Schema of", () => {
  it.each([...named, ...errors])("%s is what zod makes of it", (_, schema) => {
    expect(ours(schema)).toEqual(theirs(schema));
  });

  it.each<[string, z.ZodMiniType]>([
    ["null beside a type", z.nullable(z.string())],
    ["null beside a choice", z.nullable(z.enum(["a", "b"]))],
    ["a number", z.number()],
    ["one of two", z.xor([z.string(), z.int()])],
    ["any of two objects", z.union([z.object({ a: z.string() }), z.object({ b: z.string() })])],
    ["an object that may be empty", z.object({ a: z.optional(z.boolean()) })],
    ["an object with any members", z.looseObject({ a: z.literal(true) })],
    ["a list of lists", z.array(z.array(z.string()))],
  ])("%s is what zod makes of it", (_, schema) => {
    expect(ours(schema)).toEqual(theirs(schema));
  });
});

describe("what it does not know", () => {
  it.each<[string, z.ZodMiniType]>([
    ["a check, which would go missing", z.string().check(z.minLength(1))],
    ["a format", z.iso.datetime()],
    ["a kind", z.object({ at: z.date() })],
    ["a choice of literals", z.literal(["a", "b"])],
    ["a strict object", z.strictObject({})],
  ])("is refused loudly: %s", (_, schema) => {
    expect(() => ours(schema)).toThrow(/has no JSON Schema here/);
  });
});
