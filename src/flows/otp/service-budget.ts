import { type FailureOf, type SmsCause, smsUnavailable } from "../../core/failure.ts";
import type { LimitName } from "../../ports/limits.ts";
import type { Gateway } from "../gateway.ts";
import type { Breaker } from "../state/process-state.ts";

/** The budgets of the whole service, and the cause that is logged when one is spent. */
const CAUSES = {
  "sends-per-service": "sends-spent",
  "failures-per-service": "failures-spent",
} as const satisfies Partial<Record<LimitName, SmsCause>>;

type ServiceBudget = keyof typeof CAUSES;

/**
 * A spent budget closes the door for this long at most, and is looked at again: a stranger who
 * spends a day's wrong codes in a minute must go on spending to keep others out.
 */
const MAX_OPEN_MS = 10 * 60_000;

/**
 * Counts one event against the service. It runs after the answer, and each process learns from its
 * own counting that a budget is spent, so that nobody waits for a counter.
 *
 * @returns false where the budget is spent; the breaker is open from then on
 */
export async function spend(gateway: Gateway, budget: ServiceBudget): Promise<boolean> {
  const { allowed, resetMs, window } = await gateway.limits.take(budget, "");
  if (allowed) return true;
  const now = gateway.runtime.now();
  const { limit, windowMs } = window;
  const isThis = (breaker: Breaker) => breaker.budget === budget && breaker.windowMs === windowMs;
  const standing = gateway.process.breakers.filter(({ until }) => until > now);
  const opened = { budget, windowMs, until: now + Math.min(resetMs, MAX_OPEN_MS) };
  gateway.process.breakers = [...standing.filter((breaker) => !isThis(breaker)), opened];
  if (!standing.some(isThis)) {
    const detail = `${budget} ${limit}/${windowMs / 1000}s`;
    const seconds = Math.ceil(resetMs / 1000);
    gateway.log.write("error", "breaker-open", { budget: detail, seconds });
    gateway.audit.record({ name: "breaker.opened", detail });
  }
  return false;
}

/**
 * Why no code can be asked for just now, by anybody, or null.
 *
 * @param known whether a known device asks: wrong codes of strangers do not close its own lane
 */
export function serviceClosed(
  gateway: Gateway,
  known: boolean,
): FailureOf<"sms-unavailable"> | null {
  const now = gateway.runtime.now();
  const closing = gateway.process.breakers.find(
    ({ budget, until }) => until > now && !(known && budget === "failures-per-service"),
  );
  return closing === undefined ? null : smsUnavailable(CAUSES[closing.budget], closing.until, now);
}
