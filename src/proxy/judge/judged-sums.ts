import type { FieldFault } from "../policy/compile-schema.ts";
import { fieldPointer, type Sums } from "../policy/policy.ts";
import type { StrictJson } from "../wire/strict-json.ts";
import { areWithin, type Decimal, parseDecimal, product } from "./decimal.ts";
import { memberOf } from "./judged-body.ts";

/**
 * The items of a list with a total that is not the required product. Computed with the written
 * digits: in binary fractions `0.1` times `3` is not `0.3`, and only 16 digits are exact.
 *
 * @param json the judged body
 */
export function faultsInSums({ list, product: factors, total, within }: Sums, json: StrictJson) {
  const whole = json.hasExactNumbers ? json.value : asWritten(json.text);
  const items = memberOf(whole, list.name);
  const at = fieldPointer(list);
  if (items === undefined) return [];
  if (!Array.isArray(items)) return [{ pointer: at, detail: "must be of type array" }];
  const most = parseDecimal(String(within));
  return items.flatMap((item: unknown, index): readonly FieldFault[] => {
    const said = decimalOf(memberOf(item, total));
    const parts = factors.map((name) => decimalOf(memberOf(item, name)));
    const known = parts.filter((part) => part !== null);
    const isRight =
      said !== null &&
      most !== null &&
      known.length === parts.length &&
      areWithin(said, product(known), most);
    const detail = `must be ${factors.join(" times ")}`;
    return isRight ? [] : [{ pointer: `${at}/${index}/${total}`, detail }];
  });
}

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
  if (typeof value === "number") return parseDecimal(String(value));
  return typeof value === "string" ? parseDecimal(value) : null;
}
