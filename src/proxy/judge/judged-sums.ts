import type { FieldFault } from "../policy/compile-schema.ts";
import { fieldPointer, type Sums } from "../policy/policy.ts";
import type { StrictJson } from "../wire/strict-json.ts";
import { areWithin, type Decimal, decimalOfNumber, parseDecimal, times } from "./decimal.ts";
import { memberOf } from "./judged-body.ts";

/**
 * The items of a list with a total that is not the required product. Computed with the written
 * digits: in binary fractions `0.1` times `3` is not `0.3`, and only 16 digits are exact.
 *
 * @param json the judged body
 */
export function faultsInSums(
  { list, product: factors, total, within }: Sums,
  json: StrictJson,
): readonly FieldFault[] {
  const whole = json.hasExactNumbers ? json.value : asWritten(json.text);
  const items = memberOf(whole, list.name);
  const at = fieldPointer(list);
  if (items === undefined) return [];
  if (!Array.isArray(items)) return [{ pointer: at, detail: "must be of type array" }];
  const detail = `must be ${factors.join(" times ")}`;
  const faults: FieldFault[] = [];
  for (const [index, item] of items.entries()) {
    const said = decimalOf(memberOf(item, total));
    const right = productOf(factors.map((name) => decimalOf(memberOf(item, name))));
    const isRight = said !== null && right !== null && areWithin(said, right, within);
    if (!isRight) faults.push({ pointer: `${at}/${index}/${total}`, detail });
  }
  return faults;
}

/** Null where a factor is no number. */
const productOf = (factors: readonly (Decimal | null)[]): Decimal | null =>
  factors.reduce((all, one) => all && one && times(all, one), ONE);

const ONE: Decimal | null = { digits: 1n, scale: 0 };

/** A number by its digits. */
class WrittenNumber {
  readonly source: string;
  constructor(source: string) {
    this.source = source;
  }
}

/** The JSON value with every number as written. */
function asWritten(text: string): unknown {
  return JSON.parse(text, (_, value: unknown, context?: { readonly source?: string }) =>
    typeof value === "number" ? new WrittenNumber(context?.source ?? String(value)) : value,
  );
}

/** Of a number, or of a text that holds one: the backend accepts both. */
function decimalOf(value: unknown): Decimal | null {
  if (value instanceof WrittenNumber) return parseDecimal(value.source);
  if (typeof value === "number") return decimalOfNumber(value);
  return typeof value === "string" ? parseDecimal(value) : null;
}
