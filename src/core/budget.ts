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
