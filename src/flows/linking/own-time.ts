import type { Runtime } from "../../ports/runtime.ts";

/**
 * ISO with microseconds, as the legacy backend writes it, with three random last digits. Two logins
 * in one millisecond must each recognise their own write, in `giveBack` and where an adapter checks
 * whether a write without an answer took effect.
 */
export function ownTime(epochMs: number, { randomBytes }: Pick<Runtime, "randomBytes">): string {
  const [high = 0, low = 0] = randomBytes(2);
  const micros = String((high * 256 + low) % 1000).padStart(3, "0");
  return new Date(epochMs).toISOString().replace("Z", `${micros}Z`);
}
