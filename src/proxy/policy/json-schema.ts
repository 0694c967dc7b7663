import * as z from "zod/mini";

/** A JSON Schema (2020-12) of a policy file: `false` allows nothing, `true` anything. */
export type JsonSchema = boolean | ObjectSchema;

/** Its keywords, which `JSON_SCHEMA` has checked. */
export interface ObjectSchema {
  readonly [keyword: string]: unknown;
  readonly $defs?: Readonly<Record<string, JsonSchema>> | undefined;
}

const TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"] as const;
/** Formats that are checked; a name that the library does not know would allow any value. */
const FORMATS = ["date", "date-time", "email", "ipv4", "ipv6", "time", "uri", "uuid"] as const;

const text = () => z.string("must be a text");
const count = () => z.int("must be a whole number").check(z.minimum(0, "must not be negative"));
const number = () => z.number("must be a number");
const PATTERN = text().check(z.refine(isPattern, "must be a regular expression"));
const TYPE = z.enum(TYPES, `must be one of ${TYPES.join(", ")}`);

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

export const MUST_BE_SCHEMA = "must be a JSON Schema: an object, true or false";
export const JSON_SCHEMA: z.ZodMiniType<JsonSchema> = z.lazy(() =>
  z.union([z.boolean(), OBJECT_SCHEMA], MUST_BE_SCHEMA),
);
const schema = JSON_SCHEMA;
const schemas = () => z.array(schema, "must be a list").check(z.minLength(1, "must not be empty"));
const schemasByName = () => z.record(text(), schema, "must be an object of schemas");

/**
 * Every supported keyword. An unknown one stops the start: a validator ignores unknown keywords, so
 * that `requird` would require nothing. `uniqueItems` compares each item with each other, which a
 * long list turns into an attack; `contains` is not needed.
 */
const OBJECT_SCHEMA: z.ZodMiniType<ObjectSchema> = z.strictObject(
  {
    $ref: z.optional(text().check(z.regex(/^#\/\$defs\/\w+$/, "must be #/$defs/NAME"))),
    $defs: z.optional(schemasByName()),
    $comment: z.optional(text()),
    title: z.optional(text()),
    description: z.optional(text()),
    type: z.optional(
      z.union([TYPE, z.array(TYPE).check(z.minLength(1))], `must be of ${TYPES.join(", ")}`),
    ),
    enum: z.optional(z.array(z.unknown(), "must be a list").check(z.minLength(1))),
    const: z.optional(z.unknown()),
    minimum: z.optional(number()),
    maximum: z.optional(number()),
    exclusiveMinimum: z.optional(number()),
    exclusiveMaximum: z.optional(number()),
    multipleOf: z.optional(number().check(z.positive("must be above 0"))),
    minLength: z.optional(count()),
    maxLength: z.optional(count()),
    pattern: z.optional(PATTERN),
    format: z.optional(z.enum(FORMATS, `must be one of ${FORMATS.join(", ")}`)),
    required: z.optional(z.array(text(), "must be a list of names")),
    dependentRequired: z.optional(z.record(text(), z.array(text()), "must be an object of lists")),
    properties: z.optional(schemasByName()),
    propertyNames: z.optional(schema),
    patternProperties: z.optional(z.record(PATTERN, schema, "must be an object of schemas")),
    additionalProperties: z.optional(schema),
    unevaluatedProperties: z.optional(schema),
    minProperties: z.optional(count()),
    maxProperties: z.optional(count()),
    items: z.optional(schema),
    prefixItems: z.optional(schemas()),
    unevaluatedItems: z.optional(schema),
    minItems: z.optional(count()),
    maxItems: z.optional(count()),
    allOf: z.optional(schemas()),
    anyOf: z.optional(schemas()),
    oneOf: z.optional(schemas()),
    not: z.optional(schema),
    if: z.optional(schema),
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: z.optional(schema),
    else: z.optional(schema),
    dependentSchemas: z.optional(schemasByName()),
  },
  MUST_BE_SCHEMA,
);

export const JSON_SCHEMAS = schemasByName();
