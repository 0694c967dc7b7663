/** A number exactly as written: `digits` times ten to the power of `-scale`. */
export interface Decimal {
  readonly digits: bigint;
  readonly scale: number;
}

/** As long as any amount of money; a larger exponent would give a number of a billion digits. */
const WRITTEN = /^(-?)(\d{1,30})(?:\.(\d{1,30}))?(?:[eE]([+-]?\d{1,2}))?$/;

/** The number in a text, or null where there is none or it is longer than any honest one. */
export function parseDecimal(text: string): Decimal | null {
  const [all, sign = "", whole = "", fraction = "", exponent = "0"] = WRITTEN.exec(text) ?? [];
  if (all === undefined) return null;
  const scale = fraction.length - Number(exponent);
  const digits = BigInt(sign + whole + fraction);
  return scale >= 0 ? { digits, scale } : { digits: digits * 10n ** BigInt(-scale), scale: 0 };
}

export function product(factors: readonly Decimal[]): Decimal {
  return factors.reduce(
    (all, one) => ({ digits: all.digits * one.digits, scale: all.scale + one.scale }),
    { digits: 1n, scale: 0 },
  );
}

/** Whether two numbers differ by at most `most`. */
export function areWithin(one: Decimal, other: Decimal, most: Decimal): boolean {
  const scale = Math.max(one.scale, other.scale, most.scale);
  const at = (decimal: Decimal) => decimal.digits * 10n ** BigInt(scale - decimal.scale);
  const difference = at(one) - at(other);
  return (difference < 0n ? -difference : difference) <= at(most);
}
