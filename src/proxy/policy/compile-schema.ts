import { type OutputUnit, type Schema, Validator } from "@cfworker/json-schema";
import { fail, ok, type Result } from "../../core/result.ts";
import { closedSchema } from "./close-schema.ts";
import type { JsonSchema, ObjectSchema } from "./json-schema.ts";
import { schemaTest } from "./schema-test.ts";

/** One field of a request that does not fit, by RFC 6901 pointer; never with its value. */
export interface FieldFault {
  readonly pointer: string;
  readonly detail: string;
}

/** The faults of a JSON value under its schema; empty where it fits. */
export type ValueCheck = (value: unknown) => readonly FieldFault[];

/** The value of an empty query and of an absent body: an object without members. */
export const NOTHING: Readonly<Record<string, never>> = Object.freeze({});

/** Values of every type: a schema that refers to itself without end throws on one of them. */
const SAMPLES: readonly unknown[] = [{}, { a: 1 }, [], [1], "", 0, true, null];

/**
 * Compiles a schema of the policy file. Objects may have only the members that it names, unless it
 * says `additionalProperties` or `unevaluatedProperties`.
 *
 * @param shared `$defs` of the policy file, for every schema in it
 * @returns the fault, as a sentence, of a schema that cannot be used
 */
export function compileSchema(
  file: JsonSchema,
  shared: Readonly<Record<string, JsonSchema>>,
): Result<ValueCheck, string> {
  const schema = file === false ? ({ type: "object" } satisfies ObjectSchema) : file;
  if (schema === true) return ok(() => []);
  const $defs = { ...shared, ...schema.$defs };
  const missing = refsIn({ ...schema, $defs }).find((name) => !Object.hasOwn($defs, name));
  if (missing !== undefined) return fail(`refers to #/$defs/${missing}, which does not exist`);
  const whole = closedSchema({ ...schema, $defs });
  try {
    const validator = new Validator(whole as Schema, "2020-12");
    for (const sample of SAMPLES) validator.validate(sample);
    // Most queries are empty, and most bodies absent: the verdict on nothing is always the same.
    const ofNothing = faultsOf(validator, NOTHING);
    const fits = schemaTest(whole);
    return ok((value) => {
      if (value === NOTHING) return ofNothing;
      return fits?.(value) ? [] : faultsOf(validator, value);
    });
  } catch {
    return fail("cannot be used: it refers to itself without end");
  }
}

/** Every `$defs` name in a `$ref`, at any depth. */
function refsIn(value: unknown): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    key === "$ref" && typeof member === "string"
      ? [member.slice("#/$defs/".length)]
      : refsIn(member),
  );
}

/** Bound on the named faults: a client with all fields wrong does not need all of them. */
const MAX_FAULTS = 20;
const UNFIT: readonly FieldFault[] = [{ pointer: "", detail: "does not fit" }];

function faultsOf(validator: Validator, value: unknown): readonly FieldFault[] {
  let errors: readonly OutputUnit[];
  try {
    const result = validator.validate(value);
    if (result.valid) return [];
    errors = result.errors;
  } catch {
    // A name that is not well-formed text, or more faults than a call can take.
    return UNFIT;
  }
  const choices = errors.filter(({ keyword }) => CHOICES.has(keyword));
  const told = errors.filter(
    ({ keyword, keywordLocation }) =>
      !CONTAINERS.has(keyword) &&
      !choices.some((choice) => keywordLocation.startsWith(`${choice.keywordLocation}/`)),
  );
  const byField = Map.groupBy(told.map(faultOf), ({ pointer }) => pointer);
  // A field of a wrong type is named once, without the faults of its parts.
  const firsts = [...byField.values()].flatMap((faults) => faults.slice(0, 1));
  const faults = firsts.filter(
    ({ pointer }) => !fieldsAbove(pointer).some((at) => byField.has(at)),
  );
  return faults.length === 0 ? UNFIT : faults.slice(0, MAX_FAULTS);
}

/** `/a` and `/a/b` of `/a/b/c`. */
const fieldsAbove = (pointer: string): readonly string[] =>
  pointer.split("/").flatMap((_, at, parts) => (at < 2 ? [] : [parts.slice(0, at).join("/")]));

/** Each branch of these fails for a reason of its own, which is no help. */
const CHOICES: ReadonlySet<string> = new Set(["anyOf", "oneOf"]);
/** Errors that only say that one of their parts has an error. */
const CONTAINERS: ReadonlySet<string> = new Set([
  ...["$ref", "additionalProperties", "allOf", "dependentSchemas", "if", "items"],
  ...["patternProperties", "prefixItems", "properties", "propertyNames"],
  ...["unevaluatedItems", "unevaluatedProperties"],
]);

/** Our own words: the library's quote the value, and a value may be a phone. */
function faultOf({ error, instanceLocation, keyword }: OutputUnit): FieldFault {
  const pointer = instanceLocation.slice(1);
  switch (keyword) {
    case "required": {
      const [, name = ""] = /property "(.*)"\.$/.exec(error) ?? [];
      return { pointer: `${pointer}/${name}`, detail: "is missing" };
    }
    case "type": {
      const [, types = ""] = /Expected (.*)\.$/.exec(error) ?? [];
      return { pointer, detail: `must be of type ${types.replaceAll('"', "")}` };
    }
    case "false": {
      const slash = pointer.lastIndexOf("/");
      const within = pointer.slice(0, Math.max(slash, 0));
      return faultOfMember(within, pointer.slice(slash + 1), "is not allowed here");
    }
    default:
      return { pointer, detail: DETAILS[keyword] ?? "does not fit" };
  }
}

const DETAILS: Readonly<Record<string, string>> = {
  minimum: "is too small",
  exclusiveMinimum: "is too small",
  minLength: "is too short",
  maximum: "is too large",
  exclusiveMaximum: "is too large",
  maxLength: "is too long",
  minItems: "has too few items",
  minProperties: "has too few members",
  maxItems: "has too many items",
  maxProperties: "has too many members",
  enum: "is none of the accepted values",
  const: "is not the accepted value",
  pattern: "does not have the required form",
  format: "does not have the required form",
};

/**
 * A fault of a member that no schema names. Its name comes from the client, and pointers are
 * logged, so a name that could be a phone or a token is left out.
 */
export function faultOfMember(within: string, name: string, detail: string): FieldFault {
  const isWord = /^[A-Za-z_]{1,40}$/.test(name);
  return isWord
    ? { pointer: `${within}/${name}`, detail }
    : { pointer: within, detail: `has a member that ${detail}` };
}
