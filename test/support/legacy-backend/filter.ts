/** A document of the legacy database; `_id` is projected away by every query. */
export type Fields = Record<string, unknown>;

/** Values are compared, or hold operators: whatever a body brought (LEGACY 6). */
export type Filter = Readonly<Record<string, unknown>>;

export const find = (documents: readonly Fields[], filter: Filter): Fields[] =>
  documents.filter((document) => matches(document, filter));

/** The first that matches, as MongoDB's `find_one` without a sort. */
export const findOne = (documents: readonly Fields[], filter: Filter): Fields | undefined =>
  documents.find((document) => matches(document, filter));

/** @returns whether there was one to remove */
export function removeOne(documents: Fields[], filter: Filter): boolean {
  const index = documents.findIndex((document) => matches(document, filter));
  if (index !== -1) documents.splice(index, 1);
  return index !== -1;
}

function matches(document: Fields, filter: Filter): boolean {
  return Object.entries(filter).every(([name, condition]) => {
    if (name === "$or") return asList(condition).some((each) => matches(document, asFields(each)));
    return fulfils(Object.hasOwn(document, name) ? document[name] : undefined, condition);
  });
}

type Operator = (value: unknown, operand: unknown, all: Fields) => boolean;

const OPERATORS: Readonly<Record<string, Operator>> = {
  $eq: (value, operand) => equals(value, operand),
  $ne: (value, operand) => !equals(value, operand),
  $in: (value, operand) => asList(operand).some((each) => equals(value, each)),
  $nin: (value, operand) => !asList(operand).some((each) => equals(value, each)),
  $gt: (value, operand) => compare(value, operand, (a, b) => a > b),
  $gte: (value, operand) => compare(value, operand, (a, b) => a >= b),
  $lt: (value, operand) => compare(value, operand, (a, b) => a < b),
  $lte: (value, operand) => compare(value, operand, (a, b) => a <= b),
  $exists: (value, operand) => (value !== undefined) === Boolean(operand),
  $not: (value, operand) => !fulfils(value, operand),
  $regex: (value, operand, { $options }) =>
    typeof value === "string" && new RegExp(String(operand), optionsOf($options)).test(value),
  $options: () => true,
};

/** An object with `$` keys is operators; any other value is compared. An unknown operator throws. */
function fulfils(value: unknown, condition: unknown): boolean {
  if (!isOperators(condition)) return equals(value, condition);
  return Object.entries(condition).every(([name, operand]) => {
    const operator = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
    if (operator === undefined) throw new Error(`unknown operator: ${name}`);
    return operator(value, operand, condition);
  });
}

/** Null is equal to a missing field, and an array to each value that it holds. */
function equals(value: unknown, wanted: unknown): boolean {
  if (wanted === null || wanted === undefined) return value === null || value === undefined;
  if (JSON.stringify(value) === JSON.stringify(wanted)) return true;
  return Array.isArray(value) && value.some((each) => equals(each, wanted));
}

type Ordered = string | number;

/** Values of one type are ordered; of two types, nothing matches. */
function compare(value: unknown, operand: unknown, holds: (a: Ordered, b: Ordered) => boolean) {
  const isOrdered = (each: unknown): each is Ordered =>
    typeof each === "string" || typeof each === "number";
  if (!isOrdered(value) || !isOrdered(operand) || typeof value !== typeof operand) return false;
  return holds(value, operand);
}

const isOperators = (condition: unknown): condition is Fields =>
  isFields(condition) && Object.keys(condition).some((name) => name.startsWith("$"));

export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const asFields = (value: unknown): Fields => (isFields(value) ? value : {});
export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const optionsOf = (options: unknown): string => (typeof options === "string" ? options : "");
