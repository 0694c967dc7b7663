import { fail, ok, type Result } from "./result.ts";
import { isDistinct, list } from "./text-list.ts";

/** At most `limit` events within any `windowMs`. */
export interface BudgetWindow {
  readonly limit: number;
  readonly windowMs: number;
}

export type Budget = readonly BudgetWindow[];

/**
 * When the next event fits a sliding-window budget.
 *
 * @param events epoch ms of the events so far
 * @returns `now` where it fits at once, else the epoch ms at which it does
 */
export function nextAllowedAt(events: readonly number[], budget: Budget, now: number): number {
  const newestFirst = [...events].sort((a, b) => b - a);
  return budget.reduce((latest, { limit, windowMs }) => {
    const blocking = newestFirst[limit - 1];
    return blocking === undefined ? latest : Math.max(latest, blocking + windowMs);
  }, now);
}

/** The events that can still count against the budget. */
export function withinBudget(events: readonly number[], budget: Budget, now: number): number[] {
  const longest = Math.max(0, ...budget.map(({ windowMs }) => windowMs));
  return events.filter((at) => at + longest > now);
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
const MAX_WINDOWS = 10;
/** A limit of more events a second limits no one: its unit of time is probably a mistake. */
const MAX_PER_SECOND = 1_000;
const MAX_WINDOW_SECONDS = 31 * 86_400;

/** Seconds of `30s`, `15m`, `24h` or `30d`; null for anything else, a bare number included. */
export function durationSeconds(text: string): number | null {
  const [, amount, unit] = /^(\d{1,7})([smhd])$/.exec(text) ?? [];
  return amount === undefined || unit === undefined
    ? null
    : Number(amount) * (UNIT_SECONDS[unit] ?? 0);
}

/**
 * `3/10m,5/1h`: at most 3 in any 10 minutes and 5 in any hour. Fails with the end of a sentence; the
 * empty text is the budget without windows.
 */
export function parseBudget(text: string): Result<Budget, string> {
  const windows = list(budgetWindow, MAX_WINDOWS)(text);
  if (!windows.ok) return windows;
  return isDistinct(windows.value.map(({ windowMs }) => windowMs))
    ? windows
    : fail("must not give two limits for one length of time");
}

function budgetWindow(text: string): Result<BudgetWindow, string> {
  const [, count, time = ""] = /^(\d{1,9})\/([^/]+)$/.exec(text) ?? [];
  const [limit, seconds] = [Number(count ?? 0), durationSeconds(time) ?? 0];
  if (!(limit > 0 && seconds > 0 && seconds <= MAX_WINDOW_SECONDS)) {
    return fail("must be counts per time such as 3/10m,5/1h, of at most 31d");
  }
  return limit <= seconds * MAX_PER_SECOND
    ? ok({ limit, windowMs: seconds * 1000 })
    : fail(`must allow at most ${MAX_PER_SECOND} a second: a higher limit limits no one`);
}
