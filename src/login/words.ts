import type { PageLanguage } from "../core/login-page.ts";
import { LANGUAGES } from "./languages/all.ts";
import type { Plural, Sentences } from "./sentences.ts";

/** The values of a sentence's placeholders. */
export type Fillings = Readonly<Record<string, string>>;

/** One language's sentences, with its forms of numbers and times. */
export interface Words {
  readonly language: PageLanguage;
  readonly sentences: Sentences;
  fill(sentence: string, fillings?: Fillings): string;
  count(plural: Plural, count: number): string;
  /** `30 seconds`, `5 minutes`, `24 hours`. */
  wait(seconds: number): string;
  /** The day and the hour of a moment, in epoch ms. */
  time(at: number): string;
  /** The day of a moment, in epoch ms. */
  day(at: number): string;
}

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** @param always the values of `{brand}` and others in every sentence */
export function wordsIn(
  language: PageLanguage,
  always: Fillings,
  { region, timeZone }: { readonly region: string; readonly timeZone: string },
): Words {
  const locale = `${language}-${region}`;
  const { sentences } = LANGUAGES[language];
  const fill = (sentence: string, fillings: Fillings = {}): string =>
    sentence.replace(/\{(\w+)\}/g, (whole, name) => fillings[name] ?? always[name] ?? whole);
  const number = (value: number, options: Intl.NumberFormatOptions = {}) =>
    new Intl.NumberFormat(locale, options).format(value);
  return {
    language,
    sentences,
    fill,
    count(plural, count) {
      const form = new Intl.PluralRules(locale).select(count) === "one" ? plural.one : undefined;
      return fill(form ?? plural.other, { count: number(count) });
    },
    wait(seconds) {
      const [value, unit] = inUnits(seconds);
      return number(value, { style: "unit", unit, unitDisplay: "long" });
    },
    time: (at) =>
      new Intl.DateTimeFormat(locale, {
        weekday: "long",
        hour: "numeric",
        minute: "2-digit",
        timeZone,
      }).format(at),
    day: (at) =>
      new Intl.DateTimeFormat(locale, { day: "numeric", month: "long", timeZone }).format(at),
  };
}

function inUnits(seconds: number): readonly [value: number, unit: string] {
  if (seconds < 2 * MINUTE) return [Math.max(1, Math.ceil(seconds)), "second"];
  if (seconds <= 2 * HOUR) return [Math.ceil(seconds / MINUTE), "minute"];
  return [Math.ceil(seconds / HOUR), "hour"];
}

/**
 * The language of a page: the one chosen on the page, else the browser's first supported one
 * (`Accept-Language`, RFC 9110 section 12.5.4), else the first.
 */
export function languageFor(
  offered: readonly PageLanguage[],
  chosen: string | undefined,
  acceptLanguage: string | undefined,
): PageLanguage {
  const asked = [chosen ?? "", ...rankedLanguages(acceptLanguage ?? "")];
  const found = asked.flatMap((tag) => offered.filter((language) => language === tag));
  return found[0] ?? offered[0] ?? "en";
}

/** The languages of an `Accept-Language` header, the most wanted first, without their regions. */
function rankedLanguages(header: string): readonly string[] {
  return header
    .split(",")
    .slice(0, 20)
    .map((part) => {
      const [tag = "", quality = "q=1"] = part.trim().toLowerCase().split(";");
      return { language: tag.split("-")[0] ?? "", weight: Number(quality.trim().slice(2)) };
    })
    .filter(({ weight }) => weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ language }) => language);
}
