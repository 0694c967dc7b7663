import { isSupportedCountry } from "libphonenumber-js/mobile";
import type { Budget, BudgetWindow } from "../core/budget.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { Parser } from "./setting.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const MAX_WINDOWS = 10;
const MAX_WINDOW_SECONDS = 31 * 86_400;

/** Plain decimal digits: no sign, no exponent, no fraction. */
export function integer(min: number, max: number): Parser<number> {
  return (text) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max
      ? ok(value)
      : fail(`must be a whole number from ${min} to ${max}`);
  };
}

/** Seconds of `30s`, `15m`, `24h` or `30d`; null for anything else, a bare number included. */
function durationSeconds(text: string): number | null {
  const [, amount, unit] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  return amount === undefined || unit === undefined
    ? null
    : Number(amount) * (UNIT_SECONDS[unit] ?? 0);
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

/**
 * At most `most` values between commas, spaces around them dropped, each as `item` reads it. Only
 * a default can be the empty text, the empty list: in an environment it means "not set".
 */
export function list<T>(item: Parser<T>, most: number): Parser<readonly T[]> {
  return (text) => {
    if (text === "") return ok([]);
    const parts = text.split(",").map((part) => part.trim());
    if (parts.length > most) return fail(`must hold at most ${most} entries`);
    const values: T[] = [];
    for (const [index, part] of parts.entries()) {
      const parsed = item(part);
      if (!parsed.ok) return fail(`${parsed.failure} (entry ${index + 1} of ${parts.length})`);
      values.push(parsed.value);
    }
    return ok(values);
  };
}

/** `3/10m,5/1h`: at most 3 in any 10 minutes and 5 in any hour. */
export const budget: Parser<Budget> = (text) => {
  const windows = list(budgetWindow, MAX_WINDOWS)(text);
  if (!windows.ok) return windows;
  return isDistinct(windows.value.map(({ windowMs }) => windowMs))
    ? windows
    : fail("must not give two limits for one length of time");
};

function budgetWindow(text: string): Result<BudgetWindow, string> {
  const [count = "", time = "", ...rest] = text.split("/");
  const limit = integer(1, 999_999_999)(count);
  const seconds = durationSeconds(time) ?? 0;
  return limit.ok && rest.length === 0 && seconds > 0 && seconds <= MAX_WINDOW_SECONDS
    ? ok({ limit: limit.value, windowMs: seconds * 1000 })
    : fail("must be counts per time such as 3/10m,5/1h, of at most 31d");
}

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

/** Two letters of ISO 3166-1 that have a telephone numbering plan. */
export const country: Parser<string> = (text) => {
  const code = text.toUpperCase();
  return isSupportedCountry(code) && /^[A-Z]{2}$/.test(code)
    ? ok(code)
    : fail("must be two-letter country codes such as IN");
};

/** Whether no value stands twice. */
export const isDistinct = (values: readonly unknown[]): boolean =>
  new Set(values).size === values.length;
