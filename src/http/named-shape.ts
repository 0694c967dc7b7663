import * as z from "zod/mini";

/** Registers a shape under a name: /openapi.json describes it once, and refers to it. */
export function named<Schema extends z.ZodMiniType>(
  id: string,
  description: string,
  schema: Schema,
): Schema {
  z.globalRegistry.add<z.ZodMiniType>(schema, { id, description });
  return schema;
}
