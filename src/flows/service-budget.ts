import { type FailureOf, type SmsCause, smsUnavailable } from "../core/failure.ts";
import type { LimitName } from "../ports/limits.ts";
import type { Gateway } from "./gateway.ts";

/** The budgets of the service as a whole (DESIGN section 4), and what is said when one is spent. */
const CAUSES = {
  "sends-per-service": "sends-spent",
  "failures-per-service": "failures-spent",
} as const satisfies Partial<Record<LimitName, SmsCause>>;

type ServiceBudget = keyof typeof CAUSES;

/** Epoch ms until which each breaker is open, as far as this process has seen. */
const openUntil = new WeakMap<Gateway, Map<ServiceBudget, number>>();

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
  const breakers = openUntil.get(gateway) ?? new Map<ServiceBudget, number>();
  openUntil.set(gateway, breakers);
  const wasOpen = (breakers.get(budget) ?? 0) > now;
  breakers.set(budget, now + resetMs);
  if (!wasOpen) {
    const detail = `${budget} ${window.limit}/${window.windowMs / 1000}s`;
    gateway.log.write("error", "breaker-open", {
      budget: detail,
      seconds: Math.ceil(resetMs / 1000),
    });
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
  for (const [budget, until] of openUntil.get(gateway) ?? []) {
    const passes = known && budget === "failures-per-service";
    if (until > now && !passes) return smsUnavailable(CAUSES[budget], until, now);
  }
  return null;
}
