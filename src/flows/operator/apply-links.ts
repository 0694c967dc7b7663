import { type Customer, MARK } from "../../core/linking/documents.ts";
import type { Gateway } from "../gateway.ts";
import { reuseUser } from "../linking/apply-link.ts";
import { giveBackUnlinked, UNTOUCHED } from "../linking/link-customer.ts";
import { ownTime } from "../linking/own-time.ts";
import { batchedWrites } from "./batched-writes.ts";
import { type PlannedLink, plannedLink } from "./plan-links.ts";
import { readLinkFactsOfMany } from "./read-link-facts-of-many.ts";
import { fullQueries, type PhoneSurvey } from "./survey-phones.ts";

type Ports = Pick<Gateway, "directory" | "rules" | "runtime">;

/**
 * `linked`, `marked`: written; `meanwhile`: somebody else, such as a login, has done it; `changed`:
 * a record is not as it was read, and nothing of the link is left written.
 */
export type LinkResult = "linked" | "marked" | "meanwhile" | "changed";

export interface AppliedLink {
  readonly link: PlannedLink;
  readonly result: LinkResult;
}

/**
 * Makes the links of a page by the steps of a login: the same compare-and-sets in the same order,
 * the user first. Each step of all links is one write of many documents. A link that lost a race is
 * told and not forced.
 */
export async function applyLinks(
  gateway: Ports,
  links: readonly PlannedLink[],
  survey: PhoneSurvey,
): Promise<readonly AppliedLink[]> {
  const together = { ...gateway, directory: batchedWrites(gateway) };
  const applied: AppliedLink[] = [];
  for (const [at, round] of roundsOf(links).entries()) {
    // A later round of one phone sees what the earlier one wrote, such as its placeholder e-mail. A
    // match by phone is lost where another record has got the phone since the survey.
    const isFresh = ({ evidence }: PlannedLink) => at === 0 && evidence !== "phone";
    const rest = round.filter((link) => !isFresh(link));
    const current = [...round.filter(isFresh), ...(await readAgain(gateway, rest, survey))];
    const results = await Promise.all(current.map((link) => applyOne(together, link)));
    const lost = current.filter((_, index) => results[index] === "changed");
    const standing = await standingNow(gateway, lost, survey);
    applied.push(
      ...current.map((link, index) => {
        const result = results[index] ?? "changed";
        return { link, result: standing.has(link) ? ("meanwhile" as const) : result };
      }),
    );
    const gone = round.filter((link) => !current.some((other) => isSame(other, link)));
    applied.push(...gone.map((link) => ({ link, result: "changed" as const })));
  }
  return applied;
}

const isSame = (one: PlannedLink, other: PlannedLink): boolean =>
  one.facts.customer.document.key === other.facts.customer.document.key;

/** Customers of one phone go into different rounds. */
function roundsOf(links: readonly PlannedLink[]): readonly (readonly PlannedLink[])[] {
  const rounds: PlannedLink[][] = [];
  const seen = new Map<string, number>();
  for (const link of links) {
    const at = seen.get(link.facts.phone) ?? 0;
    seen.set(link.facts.phone, at + 1);
    const round = rounds[at] ?? [];
    rounds[at] = round;
    round.push(link);
  }
  return rounds;
}

async function readAgain(
  gateway: Ports,
  links: readonly PlannedLink[],
  survey: PhoneSurvey,
): Promise<readonly PlannedLink[]> {
  if (links.length === 0) return [];
  const facts = await readLinkFactsOfMany(gateway, customersOf(links), fullQueries(survey));
  return links.flatMap((link) => {
    const now = facts.get(link.facts.customer.document.key);
    const again = now === undefined ? null : plannedLink(now);
    const isAsPlanned =
      again?.evidence === link.evidence && again.user.document.key === link.user.document.key;
    return isAsPlanned ? [again] : [];
  });
}

const customersOf = (links: readonly PlannedLink[]): readonly Customer[] =>
  links.map(({ facts }) => facts.customer);

/** The links that stand by now, though this run did not make them. */
async function standingNow(
  gateway: Ports,
  links: readonly PlannedLink[],
  survey: PhoneSurvey,
): Promise<ReadonlySet<PlannedLink>> {
  if (links.length === 0) return new Set();
  const facts = await readLinkFactsOfMany(gateway, customersOf(links), fullQueries(survey));
  return new Set(
    links.filter(({ facts: { customer }, user }) => {
      const now = facts.get(customer.document.key);
      const stored = now?.users.find(({ document }) => document.key === user.document.key);
      return (
        now !== undefined &&
        stored !== undefined &&
        now.customer.pointer === user.id &&
        stored.customerId === customer.id &&
        stored.mark === customer.id
      );
    }),
  );
}

async function applyOne(
  gateway: Ports,
  { evidence, facts, user }: PlannedLink,
): Promise<LinkResult> {
  if (evidence === "mark") return markLink(gateway, { facts, user });
  const step = await reuseUser(gateway, facts, user, UNTOUCHED);
  if (step.kind === "linked") return "linked";
  await giveBackUnlinked(gateway, facts.customer.id, step.progress);
  return "changed";
}

async function markLink(
  { directory, runtime }: Ports,
  { facts, user }: Pick<PlannedLink, "facts" | "user">,
): Promise<LinkResult> {
  const set = { [MARK]: facts.customer.id, updated_at: ownTime(runtime.now(), runtime) };
  const guards = ["customer_v2_id", MARK, "role"];
  const outcome = await directory.changeUser(user.document, guards, { set });
  return outcome === "applied" ? "marked" : "changed";
}
