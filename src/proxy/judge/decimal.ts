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

/** The number that a double stands for, by its shortest decimal; null for a longer one as above. */
export const decimalOfNumber = (value: number): Decimal | null =>
  Number.isSafeInteger(value) ? { digits: BigInt(value), scale: 0 } : parseDecimal(String(value));

export const times = (one: Decimal, other: Decimal): Decimal => ({
  digits: one.digits * other.digits,
  scale: one.scale + other.scale,
});

/** Whether two numbers differ by at most `most`, which is not negative. */
export function areWithin(one: Decimal, other: Decimal, most: number): boolean {
  const scale = Math.max(one.scale, other.scale);
  const difference = scaled(one, scale) - scaled(other, scale);
  if (difference === 0n) return true;
  const limit = decimalOfNumber(most);
  if (limit === null) return false;
  const digits = difference < 0n ? -difference : difference;
  const both = Math.max(scale, limit.scale);
  return scaled({ digits, scale }, both) <= scaled(limit, both);
}

const scaled = ({ digits, scale }: Decimal, to: number): bigint =>
  scale === to ? digits : digits * 10n ** BigInt(to - scale);
