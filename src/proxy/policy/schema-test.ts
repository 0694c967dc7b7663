import { format, ucs2length } from "@cfworker/json-schema";
import type { JsonSchema, ObjectSchema } from "./json-schema.ts";

/** Whether a value fits a schema. */
type Test = (value: unknown) => boolean;

/** A schema as a function. */
interface Part {
  readonly fits: Test;
  /** Names of members that the schema looks at; null: any. */
  readonly members: ReadonlySet<string> | null;
  /** Whether it looks at no member and no item of a value. */
  readonly isFlat: boolean;
}

/** The keywords that a test covers. Each other one leaves the whole schema to the library. */
interface Covered {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly unevaluatedProperties?: JsonSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly maxItems?: number;
}

const COVERED: ReadonlySet<string> = new Set(
  (
    "$ref type enum const anyOf minimum maximum exclusiveMinimum exclusiveMaximum " +
    "minLength maxLength pattern format required properties additionalProperties " +
    "unevaluatedProperties minProperties maxProperties items minItems maxItems " +
    // These judge nothing.
    "$defs $comment title description"
  ).split(" "),
);

const ANY: Part = { fits: () => true, members: new Set(), isFlat: true };
const NONE: Part = { ...ANY, fits: () => false };

/**
 * A schema as plain functions, which Workers allow too. The library interprets a schema anew for
 * each value and builds a pointer for each member: that is ten times the work.
 *
 * Only a fit counts. The library judges every other value again, and names its faults.
 *
 * @param schema as the library gets it, with its `$defs`
 * @returns null for a schema that is left to the library
 */
export function schemaTest(schema: ObjectSchema): Test | null {
  const built = new Map<string, Part | null>();
  const defs = schema.$defs ?? {};
  const referred = (ref: string): Part | null => {
    const name = ref.slice("#/$defs/".length);
    // A schema that refers to itself finds the null of the first time.
    if (!built.has(name)) {
      built.set(name, null);
      built.set(name, Object.hasOwn(defs, name) ? partOf(defs[name] ?? true, referred) : null);
    }
    return built.get(name) ?? null;
  };
  return partOf(schema, referred)?.fits ?? null;
}

type Referred = (ref: string) => Part | null;

function partOf(schema: JsonSchema, referred: Referred): Part | null {
  if (typeof schema === "boolean") return schema ? ANY : NONE;
  if (Object.keys(schema).some((keyword) => !COVERED.has(keyword))) return null;
  const covered = schema as Covered;
  const base = covered.$ref === undefined ? ANY : referred(covered.$ref);
  const scalar = scalarTests(covered);
  const choice = choiceOf(covered, referred);
  const list = listOf(covered, referred);
  const object = base && objectOf(covered, base, referred);
  if (!(base && scalar && choice && list && object)) return null;
  const parts = [base, choice, list, object].filter((part) => part !== ANY);
  return {
    fits: every([...scalar, ...parts.map(({ fits }) => fits)]),
    members: object === ANY ? base.members : object.members,
    isFlat: parts.every(({ isFlat }) => isFlat),
  };
}

function every(tests: readonly Test[]): Test {
  const [first = ANY.fits, second, ...more] = tests;
  if (second === undefined) return first;
  const rest = more.length === 0 ? second : every([second, ...more]);
  return (value) => first(value) && rest(value);
}

/** Null where a value is compared with an object or a list. */
function scalarTests(schema: Covered): readonly Test[] | null {
  const { const: only, enum: choices, type } = schema;
  const lists = [choices, only === undefined ? undefined : [only]].filter(
    (one) => one !== undefined,
  );
  if (lists.flat().some((one) => typeof one === "object" && one !== null)) return null;
  return [
    ...(type === undefined ? [] : [typeTest(typeof type === "string" ? [type] : type)]),
    ...lists.map(
      (list): Test =>
        (value) =>
          list.includes(value),
    ),
    ...numberTests(schema),
    ...textTests(schema),
  ];
}

const TYPES: Readonly<Record<string, Test>> = {
  array: Array.isArray,
  boolean: (value) => typeof value === "boolean",
  integer: (value) => typeof value === "number" && value % 1 === 0,
  null: (value) => value === null,
  number: (value) => typeof value === "number",
  object: isObject,
  string: (value) => typeof value === "string",
};

function typeTest(types: readonly string[]): Test {
  const [first = NONE.fits, ...more] = types.map((type) => TYPES[type] ?? NONE.fits);
  return more.length === 0 ? first : (value) => first(value) || more.some((is) => is(value));
}

const BOUNDS = ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"] as const;

function numberTests(schema: Covered): readonly Test[] {
  if (BOUNDS.every((keyword) => schema[keyword] === undefined)) return [];
  const { minimum: least = -Infinity, maximum: most = Infinity } = schema;
  const { exclusiveMinimum: above = null, exclusiveMaximum: below = null } = schema;
  return [
    (value) =>
      typeof value !== "number" ||
      (value >= least &&
        value <= most &&
        (above === null || value > above) &&
        (below === null || value < below)),
  ];
}

function textTests(schema: Covered): readonly Test[] {
  const { format: name, maxLength: most = Infinity, minLength: least = 0, pattern } = schema;
  const ofText = (test: (text: string) => boolean): Test => {
    return (value) => typeof value !== "string" || test(value);
  };
  const isBounded = schema.minLength !== undefined || schema.maxLength !== undefined;
  const expression = pattern === undefined ? null : new RegExp(pattern, "u");
  const formed = name === undefined ? undefined : format[name];
  return [
    ...(isBounded ? [ofText((text) => isWithin(ucs2length(text), least, most))] : []),
    ...(expression === null ? [] : [ofText((text) => expression.test(text))]),
    ...(formed === undefined ? [] : [ofText(formed)]),
  ];
}

const isWithin = (count: number, least: number, most: number): boolean =>
  count >= least && count <= most;

/**
 * Only of flat parts: the library tries each branch, and throws on a member whose name is not
 * well-formed, also where another branch fits.
 */
function choiceOf({ anyOf }: Covered, referred: Referred): Part | null {
  if (anyOf === undefined) return ANY;
  const parts = anyOf.map((one) => partOf(one, referred));
  if (!parts.every((part) => part?.isFlat)) return null;
  const tests = parts.flatMap((part) => (part === null ? [] : [part.fits]));
  return { ...ANY, fits: (value) => tests.some((fits) => fits(value)) };
}

function listOf({ items, maxItems, minItems }: Covered, referred: Referred): Part | null {
  if (items === undefined && maxItems === undefined && minItems === undefined) return ANY;
  const [most, least] = [maxItems ?? Infinity, minItems ?? 0];
  const item = partOf(items ?? true, referred);
  if (item === null) return null;
  const { fits } = item;
  return {
    ...ANY,
    isFlat: items === undefined,
    fits: (value) =>
      !Array.isArray(value) || (isWithin(value.length, least, most) && value.every(fits)),
  };
}

const OF_OBJECTS = [
  ...["required", "properties", "additionalProperties", "unevaluatedProperties"],
  ...["minProperties", "maxProperties"],
];

/** @param base the schema that this one refers to: its members count as looked at */
function objectOf(schema: Covered, base: Part, referred: Referred): Part | null {
  if (!OF_OBJECTS.some((keyword) => Object.hasOwn(schema, keyword))) return ANY;
  const { maxProperties: most = Infinity, minProperties: least = 0, properties = {} } = schema;
  const { additionalProperties: more, required = [], unevaluatedProperties: unseen } = schema;
  const rest = partOf(more ?? unseen ?? true, referred);
  const members = new Map<string, Test>();
  for (const [name, member] of Object.entries(properties)) {
    const part = partOf(member, referred);
    if (part === null) return null;
    members.set(name, part.fits);
  }
  if (rest === null) return null;
  const isOpen = more === undefined && unseen === undefined;
  const seen = more === undefined ? base.members : new Set<string>();
  const isSeen = (name: string): boolean => isOpen || seen === null || seen.has(name);
  return {
    isFlat: isOpen && members.size === 0,
    members: isOpen && base.members ? new Set([...base.members, ...members.keys()]) : null,
    fits(value) {
      if (!isObject(value)) return true;
      const names = Object.keys(value);
      if (!isWithin(names.length, least, most)) return false;
      return (
        required.every((name) => Object.hasOwn(value, name)) &&
        names.every((name) => {
          const fits = members.get(name);
          if (fits !== undefined) return fits(value[name]);
          // The library throws on a name that is no text; the other values of the rest fit or do not.
          return isSeen(name) || (name.isWellFormed() && rest.fits(value[name]));
        })
      );
    },
  };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
