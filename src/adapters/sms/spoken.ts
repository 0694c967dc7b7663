import type { Locale } from "../../core/otp/message.ts";

/** What a voice says, in order; each digit is a word of its own, so that it can be paused after. */
export interface SpokenCode {
  readonly opening: string;
  readonly digits: readonly string[];
  /** Before the digits are said once more. */
  readonly again: string;
}

interface Speech {
  opening(brand: string): string;
  readonly again: string;
  readonly digits: readonly string[];
}

/** Words, not figures: a synthesiser may read 402118 as a number, or in another language. */
const SPEECH: Readonly<Record<Locale, Speech>> = {
  en: {
    opening: (brand) => `Hello. Your ${brand} login code is:`,
    again: "Once more, your code is:",
    digits: ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
  },
  hi: {
    opening: (brand) => `नमस्ते। आपका ${brand} लॉगिन कोड है:`,
    again: "एक बार फिर, आपका कोड है:",
    digits: ["शून्य", "एक", "दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ"],
  },
};

/** @param code ASCII digits */
export function spokenCode(locale: Locale, code: string, brand: string): SpokenCode {
  const { again, digits, opening } = SPEECH[locale];
  return {
    opening: opening(brand),
    digits: [...code].map((digit) => digits[Number(digit)] ?? digit),
    again,
  };
}
