import { asciiDigits } from "./phone.ts";

/** Two phones may end alike; one phone never ends differently. */
const DIGITS = 7;

/** How many ends there are. */
export const PHONE_ENDS = 10 ** DIGITS;

/** As a spreadsheet leaves a number; the parser removes this end, and no other. */
const SPREADSHEET = /^(\+?\d[\d -]*)\.0+$/;

/**
 * The last digits of a stored phone, without parsing: every spelling that `parseStoredPhone` reads
 * as one phone has the same. Null where there are too few digits for a phone.
 */
export function phoneEnd(stored: unknown): number | null {
  const text = textOf(stored).trim().replace(/^tel:/i, "").replace(SPREADSHEET, "$1");
  const ascii = /^[\x20-\x7e]*$/.test(text) ? text : asciiDigits(text.normalize("NFKC"));
  const digits = ascii.replace(/\D/g, "");
  return digits.length < DIGITS ? null : Number(digits.slice(-DIGITS));
}

/** A decimal is an object with one text: its digits. */
function textOf(stored: unknown): string {
  if (typeof stored !== "object" || stored === null) return String(stored);
  return /"([^"]*)"\}$/.exec(JSON.stringify(stored))?.[1] ?? "";
}
