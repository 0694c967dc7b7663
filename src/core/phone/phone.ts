import {
  type CountryCode,
  getCountryCallingCode,
  type PhoneNumber,
  parsePhoneNumberFromString,
} from "libphonenumber-js/mobile";
import type { Phone } from "../ids.ts";
import { ordinaryIndianMobile } from "./indian-mobile.ts";

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
 * The phone that a person typed. The whole text must be the number: an extension, a second number
 * or any other character refuses it, because a guess would send a code to a stranger.
 *
 * @returns E.164, or null where it is no mobile number of an allowed country
 */
export function parseTypedPhone(value: unknown, rules: PhoneRules): Phone | null {
  if (typeof value !== "string" || value.length > MAX_LENGTH) return null;
  const indian = rules.defaultRegion === "IN" ? ordinaryIndianMobile(value) : null;
  if (indian !== null) return rules.allowedCountries.includes("IN") ? indianPhone(indian) : null;
  return parseByLibrary(value, rules);
}

const indianPhone = (national: string): Phone => `+91${national}` as Phone;

/** The same for any text. Exported for the test that compares the short way with it. */
export function parseByLibrary(value: string, rules: PhoneRules): Phone | null {
  const text = asciiDigits(value.normalize("NFKC").replace(INVISIBLE, "")).trim();
  if (!PUNCTUATED.test(text)) return null;
  const compact = text.replace(/[^+\d]/g, "").replace(/^00/, "+");
  const region = rules.defaultRegion as CountryCode;
  const parsed =
    parseValid(compact, region) ?? parseValid(withoutTrunkZero(compact, region), region);
  if (parsed?.country === undefined || !rules.allowedCountries.includes(parsed.country))
    return null;
  return parsed.number as string as Phone;
}

function parseValid(compact: string, defaultCountry: CountryCode): PhoneNumber | null {
  const parsed = parsePhoneNumberFromString(compact, { defaultCountry, extract: false });
  return parsed?.isValid() && parsed.ext === undefined ? parsed : null;
}

/**
 * People put a trunk zero before the country code, `0919876500001`, which no dialling plan has. The
 * zero is removed only before the region's own code, so that the result is never a number of
 * another country.
 */
function withoutTrunkZero(compact: string, region: CountryCode): string {
  return compact.startsWith(`0${getCountryCallingCode(region)}`) ? `+${compact.slice(1)}` : compact;
}

/**
 * The phone that a document holds (LEGACY 3): a typed one, a number, a spreadsheet's
 * `9876543210.0`, MongoDB's Decimal128, or a `tel:` link (RFC 3966). Any other value, also an
 * array, an object or two numbers in one field, is no phone.
 */
export function parseStoredPhone(value: unknown, rules: PhoneRules): Phone | null {
  if (typeof value === "number" || typeof value === "bigint") {
    const digits = String(value);
    // A text may have dots and dashes between its digits; a number with them is another number.
    return /^\d+$/.test(digits) ? parseTypedPhone(digits, rules) : null;
  }
  const decimal = decimalText(value);
  if (decimal !== null) {
    return /^\d+(?:\.0+)?$/.test(decimal) ? parseStoredPhone(decimal, rules) : null;
  }
  if (typeof value !== "string" || value.length > MAX_LENGTH) return null;
  const text = value.trim().replace(/^tel:/i, "");
  return parseTypedPhone(text.replace(/^(\+?\d[\d -]*)\.0+$/, "$1"), rules);
}

/** The digits of a Decimal128, as Extended JSON or as the driver's object, which converts to it. */
function decimalText(value: unknown): string | null {
  if (typeof value !== "object" || value === null) return null;
  const plain: unknown =
    "toJSON" in value && typeof value.toJSON === "function" ? value.toJSON() : value;
  if (typeof plain !== "object" || plain === null || !("$numberDecimal" in plain)) return null;
  return typeof plain.$numberDecimal === "string" ? plain.$numberDecimal : null;
}

/**
 * Whether a stored phone holds the digits of one of these in a row. This is a cheap filter before
 * the parser, and finds a field with two numbers, which the parser refuses.
 */
export function holdsOneOf(phones: readonly Phone[]): (stored: unknown) => boolean {
  const nationals = new Set(phones.map(nationalNumber));
  const lengths = [...new Set([...nationals].map(({ length }) => length))];
  return (stored) => {
    const text = decimalText(stored) ?? stored;
    if (typeof text !== "string") return false;
    const digits = asciiDigits(text.slice(0, MAX_LENGTH)).replace(/\D/g, "");
    return lengths.some((length) => {
      for (let at = 0; at + length <= digits.length; at++) {
        if (nationals.has(digits.slice(at, at + length))) return true;
      }
      return false;
    });
  };
}

/** A phone as people read it, `+91 98765 43210`. */
export const shownPhone = (phone: Phone): string =>
  parsePhoneNumberFromString(phone)?.formatInternational() ?? phone;

/** The code in front of a region's numbers, `+91`. */
export const countryCodeOf = ({ defaultRegion }: PhoneRules): string =>
  `+${getCountryCallingCode(defaultRegion as CountryCode)}`;

/** The national significant number, `9876543210`. */
export function nationalNumber(phone: Phone): string {
  return split(phone).national;
}

/** The texts that `spellingsOf` lists for their phone, if they are one: a scan may skip them. */
export const LISTED_SPELLING =
  /^(?:(?:0?91|0)?\d{10}(?:\.0)?| \d{10}|\d{10} |(?:\+91[ -]?|0091|91[ -]|0[ -]|\(\+91\) )\d{10}|(?:0|\+?91[ -]|\(\+91\) )?\d{5}[ -]\d{5}|\+91\.\d{5}\.\d{5})$/;

/**
 * The spellings of one phone that an index can look up: those of LEGACY 3 and their close kin.
 * Rarer ones are found by a scan after the answer.
 */
export function spellingsOf(phone: Phone): (string | number)[] {
  const { country, national } = split(phone);
  const half = Math.floor(national.length / 2);
  const [head, tail] = [national.slice(0, half), national.slice(half)];
  const bare = [national, `${country}${national}`, `0${national}`, `0${country}${national}`];
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

interface SplitPhone {
  readonly phone: Phone;
  readonly country: string;
  readonly national: string;
}

/** One phone is split several times in a row, and a command goes through a million of them. */
let lastSplit: SplitPhone | null = null;

function split(phone: Phone): SplitPhone {
  if (lastSplit?.phone === phone) return lastSplit;
  // No country but India has the code 91, and its mobiles have ten digits.
  if (phone.startsWith("+91") && phone.length === 13) {
    lastSplit = { phone, country: "91", national: phone.slice(3) };
    return lastSplit;
  }
  const parsed = parsePhoneNumberFromString(phone);
  if (parsed === undefined) throw new TypeError("not an E.164 phone");
  const { countryCallingCode: country, nationalNumber: national } = parsed;
  lastSplit = { phone, country, national };
  return lastSplit;
}

/** Decimal digits of every script as ASCII. */
export function asciiDigits(text: string): string {
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return text.replace(/\p{Nd}/gu, (digit) => String(digitValue(digit)));
}

/** In Unicode the ten digits of a script are consecutive; some scripts follow each other. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0;
  let before = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before++;
  return before % 10;
}
