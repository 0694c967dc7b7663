/**
 * The spellings that nearly every document has: ten digits, with or without the country code or a
 * trunk zero, and with one gap. All others take the way through libphonenumber.
 */
const ORDINARY = /^(?:(?:\+?91|0)[ -]?)?(\d{5})[ -]?(\d{5})$/;

/**
 * The ranges of three digits in which every number is a mobile: the last part of libphonenumber's
 * own pattern for India, letter by letter. A test compares the two.
 */
export const WHOLE_RANGES =
  /^(?:6(?:[09]\d|1[04679]|2[03689]|3[05-9]|4[0489]|50|6[069]|7[07]|8[7-9])|7(?:[024]\d|3[05-8]|5[0346-8]|6[6-9]|7[1-9]|8[0-79]|9[06-9])|8(?:0[01589]|1[0-57-9]|2[235-9]|3[03-57-9]|[45]\d|6[02457-9]|7[1-69]|8[0-25-9]|9[02-9])|9\d\d)\d{7}$/;

/**
 * The ten digits of an Indian mobile in an ordinary spelling; null says nothing. libphonenumber
 * takes twenty microseconds for the same answer, and a command reads millions of phones.
 */
export function ordinaryIndianMobile(text: string): string | null {
  const parts = ORDINARY.exec(text);
  if (parts === null) return null;
  const national = `${parts[1]}${parts[2]}`;
  return WHOLE_RANGES.test(national) ? national : null;
}
