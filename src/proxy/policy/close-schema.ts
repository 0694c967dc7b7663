import type { JsonSchema, ObjectSchema } from "./json-schema.ts";

/** A schema that describes a whole value is closed; one that adds to another schema is not. */
export function closedSchema(schema: ObjectSchema): ObjectSchema {
  const isOpen =
    schema.additionalProperties !== undefined || schema.unevaluatedProperties !== undefined;
  return { ...withClosedParts(schema), ...(!isOpen && { unevaluatedProperties: false }) };
}

const closed = (schema: JsonSchema): JsonSchema =>
  typeof schema === "boolean" ? schema : closedSchema(schema);

/**
 * `not` and `if` stay open: closing the values that they match would allow more. `propertyNames`
 * stay open too, because names are texts.
 */
function withClosedParts(schema: ObjectSchema): ObjectSchema {
  const parts: Record<string, unknown> = { ...schema };
  const change = <Value>(names: readonly string[], made: (value: Value) => unknown) => {
    for (const name of names) {
      if (Object.hasOwn(parts, name)) parts[name] = made(parts[name] as Value);
    }
  };
  const each = (made: (schema: JsonSchema) => unknown) => (all: Record<string, JsonSchema>) =>
    Object.fromEntries(Object.entries(all).map(([name, one]) => [name, made(one)]));
  change(["properties", "patternProperties"], each(closed));
  change(["items", "additionalProperties", "unevaluatedProperties", "unevaluatedItems"], closed);
  change(["prefixItems"], (all: JsonSchema[]) => all.map(closed));
  change(["$defs", "dependentSchemas"], each(inPlace));
  change(["allOf", "anyOf", "oneOf"], (all: JsonSchema[]) => all.map(inPlace));
  change(["then", "else"], inPlace);
  return parts;
}

const inPlace = (schema: JsonSchema): JsonSchema =>
  typeof schema === "boolean" ? schema : withClosedParts(schema);
