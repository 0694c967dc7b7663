import * as z from "zod/mini";

export type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * The JSON Schema (2020-12) of what a schema takes. Says the same as `z.toJSONSchema`, for the few
 * kinds that our wire has: the library's own weighs 7 KB of a Worker's bundle (gzipped), this less than one. A
 * test compares the two on every schema of every route.
 *
 * @param shared is given the schemas that are registered with an `id`, which become references
 * @throws for a kind of schema or a check that is not known here
 */
export function jsonSchema(schema: z.core.$ZodType, shared: Map<string, JsonSchema>): JsonSchema {
  const { id, description } = z.globalRegistry.get(schema) ?? {};
  if (id === undefined) return inline(schema, shared);
  if (!shared.has(id)) shared.set(id, { description, ...inline(schema, shared) });
  return { $ref: `#/components/schemas/${id}` };
}

function inline(schema: z.core.$ZodType, shared: Map<string, JsonSchema>): JsonSchema {
  const of = (inner: z.core.$ZodType) => jsonSchema(inner, shared);
  const { def } = (schema as z.core.$ZodTypes)._zod;
  // What narrows a kind may not go missing in silence: the document would promise too much.
  const integer = "format" in def && def.format === "safeint";
  if (def.checks?.length || ("format" in def && !integer)) throw unknown(`a narrower ${def.type}`);
  switch (def.type) {
    case "string":
    case "boolean":
      return { type: def.type };
    case "number":
      return { type: integer ? "integer" : "number" };
    case "enum":
      return { type: "string", enum: Object.values(def.entries) };
    case "literal":
      if (def.values.length > 1) throw unknown("a choice of literals");
      return { type: typeof def.values[0], const: def.values[0] };
    case "array":
      return { type: "array", items: of(def.element) };
    case "nullable":
      return nullable(of(def.innerType));
    case "optional":
      return of(def.innerType);
    case "union":
      return { [def.inclusive === false ? "oneOf" : "anyOf"]: def.options.map(of) };
    case "unknown":
      return {};
    case "object":
      return objectSchema(def, of);
    default:
      throw unknown(`a ${def.type}`);
  }
}

const unknown = (kind: string) => new Error(`${kind} has no JSON Schema here`);

const nullable = (inner: JsonSchema): JsonSchema =>
  Object.keys(inner).join() === "type"
    ? { type: [inner["type"], "null"] }
    : { anyOf: [inner, { type: "null" }] };

function objectSchema(
  { catchall, shape }: z.core.$ZodObjectDef,
  of: (inner: z.core.$ZodType) => JsonSchema,
): JsonSchema {
  const members = Object.entries(shape);
  const required = members
    .filter(([, { _zod }]) => _zod.optin !== "optional")
    .map(([name]) => name);
  return {
    type: "object",
    properties: Object.fromEntries(members.map(([name, member]) => [name, of(member)])),
    ...(required.length > 0 ? { required } : {}),
    ...(catchall ? { additionalProperties: of(catchall) } : {}),
  };
}
