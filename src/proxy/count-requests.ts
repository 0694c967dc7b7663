import { type FailureOf, rateLimited } from "../core/failure.ts";
import { fail, ok, type Result } from "../core/result.ts";
import type { Gateway } from "../flows/gateway.ts";
import type { PolicyLimitName } from "./policy/policy.ts";

type Counted = readonly [name: PolicyLimitName, key: string];
type CounterPorts = Pick<Gateway, "limits" | "runtime">;

/**
 * Counts one request against limits of its rule, one after another.
 *
 * @param isSpared whether a spent limit lets this request through all the same
 * @returns the counted events, which can be given back
 */
export async function countAll(
  { limits, runtime }: CounterPorts,
  counted: readonly Counted[],
  isSpared: (name: PolicyLimitName) => Promise<boolean> = async () => false,
): Promise<Result<readonly Counted[], FailureOf<"rate-limited">>> {
  const taken: Counted[] = [];
  for (const [name, key] of counted) {
    const { allowed, resetMs } = await limits.take(name, key);
    const now = runtime.now();
    if (allowed) taken.push([name, key]);
    else if (!(await isSpared(name))) return fail(rateLimited("policy-limit", now + resetMs, now));
  }
  return ok(taken);
}

/** Gives events back after the answer, because the limits need not count them. */
export function giveBackAll({ limits, runtime }: CounterPorts, taken: readonly Counted[]): void {
  runtime.defer("give-back", async () => {
    for (const [name, key] of taken) await limits.giveBack(name, key);
  });
}
