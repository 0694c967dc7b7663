import type { UsableUser } from "../../core/linking/documents.ts";
import type { LinkFacts } from "../../core/linking/ties.ts";
import type { Gateway } from "../gateway.ts";
import { reuseUser } from "./apply-link.ts";
import { giveBackUnlinked } from "./takeover.ts";

/** `changed`: a record differs from the plan. Nothing of the plan is left written. */
export type PlannedOutcome = "linked" | "changed" | "refused";

/**
 * LINKING step 10 for one plan, without a proven phone and without a second try: what changed since
 * the plan is told and not forced. A process that dies between the two writes leaves evidence by
 * id, and the next run or login goes on.
 */
export async function linkAsPlanned(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  facts: LinkFacts,
  user: UsableUser,
): Promise<PlannedOutcome> {
  const untouched = { takeover: null, completed: false };
  const step = await reuseUser(gateway, facts, user, untouched);
  if (step.kind === "linked") return "linked";
  await giveBackUnlinked(gateway, facts.customer.id, step.progress.takeover);
  return step.kind === "lost" ? "changed" : "refused";
}
