import {
  type CountryCode,
  getCountryCallingCode,
  parsePhoneNumberFromString,
} from "libphonenumber-js/mobile";
import type { Phone } from "./ids.ts";

export interface PhoneRules {
  /** Read numbers without a country code as of this region (ISO 3166-1 alpha-2). */
  readonly defaultRegion: string;
  readonly allowedCountries: readonly string[];
}

const MAX_LENGTH = 64;
/** Soft hyphens, direction marks, isolates, zero-width characters and the BOM, as chats paste them. */
const INVISIBLE = /[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g;
const PUNCTUATED = /^\(?\+?[\d\s().\-\u2010-\u2015\u2212]+$/;

/**
 * The phone that a person typed. Whole strings only: an extension, a second number or any other
 * character refuses it, because a guess would send a stranger's code.
 *
 * @returns E.164, or null where it is no mobile number of an allowed country
 */
export function parseTypedPhone(value: unknown, rules: PhoneRules): Phone | null {
  if (typeof value !== "string" || value.length > MAX_LENGTH) return null;
  const text = asciiDigits(value.normalize("NFKC").replace(INVISIBLE, "")).trim();
  if (!PUNCTUATED.test(text)) return null;
  const compact = withoutTrunkZero(text.replace(/[^+\d]/g, "").replace(/^00/, "+"), rules);
  const parsed = parsePhoneNumberFromString(compact, {
    defaultCountry: rules.defaultRegion as CountryCode,
    extract: false,
  });
  if (!parsed?.isValid() || parsed.ext !== undefined || parsed.country === undefined) return null;
  return rules.allowedCountries.includes(parsed.country)
    ? (parsed.number as string as Phone)
    : null;
}

/** `0919876543210`, as people type who put the trunk zero before the country code too. */
function withoutTrunkZero(compact: string, { defaultRegion }: PhoneRules): string {
  const code = getCountryCallingCode(defaultRegion as CountryCode);
  return new RegExp(`^0${code}\\d{10}$`).test(compact) ? `+${compact.slice(1)}` : compact;
}

/**
 * The phone that a document holds (LEGACY 3): as typed, or a number, or a spreadsheet's
 * `9876543210.0`, or a `tel:` address (RFC 3966) without parameters. Anything else, arrays and objects included, is no phone.
 */
export function parseStoredPhone(value: unknown, rules: PhoneRules): Phone | null {
  if (typeof value === "number" || typeof value === "bigint") {
    const digits = String(value);
    // A text may have dots and dashes between its digits; in a number they are another number.
    return /^\d+$/.test(digits) ? parseTypedPhone(digits, rules) : null;
  }
  if (typeof value !== "string" || value.length > MAX_LENGTH) return null;
  const text = value.trim().replace(/^tel:/i, "");
  return parseTypedPhone(text.replace(/^(\+?\d[\d -]*)\.0+$/, "$1"), rules);
}

/** The national significant number, `9876543210`. */
export function nationalNumber(phone: Phone): string {
  return split(phone).national;
}

/** Texts that `spellingsOf` lists for their phone, where they are one: a scan may pass them by. */
export const LISTED_SPELLING =
  /^(?:(?:0|91)?\d{10}(?:\.0)?| \d{10}|\d{10} |(?:\+91[ -]?|0091|91[ -]|0[ -]|\(\+91\) )\d{10}|(?:0|\+?91[ -]|\(\+91\) )?\d{5}[ -]\d{5}|\+91\.\d{5}\.\d{5})$/;

/**
 * The spellings of one phone that an index can look up: those of LEGACY 3 and their close kin.
 * Rarer ones are found by a scan after the answer.
 */
export function spellingsOf(phone: Phone): (string | number)[] {
  const { country, national } = split(phone);
  const half = Math.floor(national.length / 2);
  const [head, tail] = [national.slice(0, half), national.slice(half)];
  const bare = [national, `${country}${national}`, `0${national}`];
  return [
    ...bare,
    ...bare.map((digits) => `${digits}.0`),
    Number(national),
    Number(`${country}${national}`),
    `00${country}${national}`,
    `(+${country}) ${national}`,
    `+${country}.${head}.${tail}`,
    ` ${national}`,
    `${national} `,
    ...["", " ", "-"].map((gap) => `+${country}${gap}${national}`),
    ...[" ", "-"].flatMap((gap) => [`${country}${gap}${national}`, `0${gap}${national}`]),
    ...[" ", "-"].flatMap((gap) => [
      `${head}${gap}${tail}`,
      `0${head}${gap}${tail}`,
      `+${country} ${head}${gap}${tail}`,
      `+${country}-${head}${gap}${tail}`,
      `${country} ${head}${gap}${tail}`,
      `${country}-${head}${gap}${tail}`,
      `(+${country}) ${head}${gap}${tail}`,
    ]),
  ];
}

function split(phone: Phone): { readonly country: string; readonly national: string } {
  const parsed = parsePhoneNumberFromString(phone);
  if (parsed === undefined) throw new TypeError("not an E.164 phone");
  return { country: parsed.countryCallingCode, national: parsed.nationalNumber };
}

/** Decimal digits of every script as ASCII. */
export function asciiDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => String(digitValue(digit)));
}

/** In Unicode each script's ten digits stand in a row; some scripts' rows follow one another. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let before = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before++;
  return before % 10;
}
