import { isSupportedCountry } from "libphonenumber-js/mobile";
import { durationSeconds } from "../../core/budget.ts";
import { fail, ok } from "../../core/result.ts";
import type { Parser } from "../setting.ts";

/** Plain decimal digits: no sign, no exponent, no fraction. */
export function integer(min: number, max: number): Parser<number> {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max
      ? ok(value)
      : fail(`must be a whole number from ${min} to ${max}`);
  };
}

/** Seconds. The bounds are durations in the same syntax. */
export function duration(min: string, max: string): Parser<number> {
  const [least, most] = [boundSeconds(min), boundSeconds(max)];
  return (text) => {
    const seconds = durationSeconds(text);
    return seconds !== null && seconds >= least && seconds <= most
      ? ok(seconds)
      : fail(`must be a duration from ${min} to ${max}, with its unit: s, m, h or d`);
  };
}

/** As `duration`, in milliseconds. */
export function durationMs(min: string, max: string): Parser<number> {
  const inSeconds = duration(min, max);
  return (text) => {
    const seconds = inSeconds(text);
    return seconds.ok ? ok(seconds.value * 1000) : seconds;
  };
}

function boundSeconds(text: string): number {
  const seconds = durationSeconds(text);
  if (seconds === null) throw new TypeError("not a duration");
  return seconds;
}

const SIZE_UNITS: Readonly<Record<string, number>> = { KB: 1024, MB: 1024 ** 2 };

/** Bytes of `512KB` or `25MB`, at most `mostMegabytes`. */
export function byteSize(mostMegabytes: number): Parser<number> {
  return (text) => {
    const [, amount, unit = ""] = /^(\d{1,6})([KM]B)$/.exec(text) ?? [];
    const bytes = Number(amount ?? 0) * (SIZE_UNITS[unit] ?? 0);
    return bytes > 0 && bytes <= mostMegabytes * 1024 ** 2
      ? ok(bytes)
      : fail(`must be a size up to ${mostMegabytes}MB, with its unit: KB or MB`);
  };
}

/** A field name of HTTP in lower case. */
export const fieldName: Parser<string> = (text) =>
  /^[a-z0-9-]{1,100}$/i.test(text)
    ? ok(text.toLowerCase())
    : fail("must be header names made of letters, digits and hyphens");

export function oneOf<const T extends string>(...choices: readonly T[]): Parser<T> {
  return (text) => {
    const choice = choices.find((candidate) => candidate === text);
    return choice === undefined
      ? fail(`must be ${choices.length > 1 ? "one of " : ""}${choices.join(", ")}`)
      : ok(choice);
  };
}

export const onOff: Parser<boolean> = (text) => {
  const choice = oneOf("on", "off")(text);
  return choice.ok ? ok(choice.value === "on") : choice;
};

/** One line of text without control characters. */
export function line(min: number, max: number): Parser<string> {
  return (text) =>
    text.length >= min && text.length <= max && !/\p{Cc}/u.test(text)
      ? ok(text)
      : fail(`must be one line of ${min} to ${max} characters`);
}

/** A telephone number as people read it, a short one of a help line included. */
export const helpLine: Parser<string> = (text) =>
  /^[+(]?\d[\d ()-]{1,28}\d$/.test(text)
    ? ok(text)
    : fail("must be a telephone number of digits, spaces, brackets and hyphens");

/** Two letters of ISO 3166-1 that have a telephone numbering plan. */
export const country: Parser<string> = (text) => {
  const code = text.toUpperCase();
  return isSupportedCountry(code) && /^[A-Z]{2}$/.test(code)
    ? ok(code)
    : fail("must be two-letter country codes such as IN");
};
