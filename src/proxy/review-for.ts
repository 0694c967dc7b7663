import type { Maybe } from "../core/maybe.ts";
import type { Gateway } from "../flows/gateway.ts";
import { linkNewcomers } from "../flows/operator/linking/link-newcomers.ts";
import { prepareReview } from "../flows/sessions/review-sessions.ts";
import type { PolicyRule } from "./policy/policy.ts";

/**
 * The work after a write that the backend accepted, or may have accepted; null: none. Call it before
 * the write.
 *
 * @param ends the value of the rule's field `ends`
 */
export function reviewFor(
  gateway: Gateway,
  { creates }: Pick<PolicyRule, "creates">,
  ends: string | null,
): Maybe<(() => Promise<void>) | null> {
  if (!creates) return ends === null ? null : prepareReview(gateway, ends);
  const since = gateway.runtime.now();
  return () => linkNewcomers(gateway, since);
}
