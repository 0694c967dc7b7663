import type { Locale } from "../../core/otp/message.ts";

/** The languages of calls: each needs words and a voice. */
export type SpokenLocale = "en" | "hi";

/** The language of a call to a phone with messages in this language. */
export const spokenIn = (locale: Locale): SpokenLocale => (locale === "hi" ? "hi" : "en");

/** The words of a call before a key press shows that a person listens. */
export interface SpokenGreeting {
  readonly greeting: string;
  readonly pressKey: string;
}

/** The words of a call with a code, in order; each digit is a word of its own, before a pause. */
export interface SpokenCode {
  readonly opening: string;
  readonly digits: readonly string[];
  /** Before the digits are repeated. */
  readonly again: string;
}

interface Speech {
  greeting(brand: string): string;
  readonly pressKey: string;
  readonly over: string;
  opening(brand: string): string;
  readonly again: string;
  readonly digits: readonly string[];
}

/** Words, not figures: a synthesiser may read 402118 as a number, or in another language. */
const SPEECH: Readonly<Record<SpokenLocale, Speech>> = {
  en: {
    greeting: (brand) => `Hello. This is a call with your ${brand} login code.`,
    pressKey: "Press any key to hear it.",
    over: "This code is no longer valid. Please ask for a new one.",
    opening: (brand) => `Your ${brand} login code is:`,
    again: "Once more, your code is:",
    digits: ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
  },
  hi: {
    greeting: (brand) => `नमस्ते। यह आपके ${brand} लॉगिन कोड की कॉल है।`,
    pressKey: "कोड सुनने के लिए कोई भी बटन दबाएँ।",
    over: "यह कोड अब मान्य नहीं है। कृपया नया कोड माँगें।",
    opening: (brand) => `आपका ${brand} लॉगिन कोड है:`,
    again: "एक बार फिर, आपका कोड है:",
    digits: ["शून्य", "एक", "दो", "तीन", "चार", "पाँच", "छह", "सात", "आठ", "नौ"],
  },
};

export function spokenGreeting(locale: Locale, brand: string): SpokenGreeting {
  const { greeting, pressKey } = SPEECH[spokenIn(locale)];
  return { greeting: greeting(brand), pressKey };
}

/** For a used or expired code. */
export const spokenOver = (locale: Locale): string => SPEECH[spokenIn(locale)].over;

/** @param code ASCII digits */
export function spokenCode(locale: Locale, code: string, brand: string): SpokenCode {
  const { again, digits, opening } = SPEECH[spokenIn(locale)];
  return {
    opening: opening(brand),
    digits: [...code].map((digit) => digits[Number(digit)] ?? digit),
    again,
  };
}
