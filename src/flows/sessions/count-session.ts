import { type FailureOf, rateLimited } from "../../core/failure.ts";
import type { Gateway } from "../gateway.ts";

/**
 * Counts one use of a session, or of the code that opens one.
 *
 * @param id of a session or code that a key of this gateway proves: a stranger cannot invent ids
 * @returns the refusal, or null
 */
export async function countSession(
  { limits, runtime }: Pick<Gateway, "limits" | "runtime">,
  id: string,
): Promise<FailureOf<"rate-limited"> | null> {
  const now = runtime.now();
  const counter = { name: "token-per-session", key: id, network: null } as const;
  const { allowed, resetMs } = await limits.take(counter);
  return allowed ? null : rateLimited("session-limit", now + resetMs, now);
}
