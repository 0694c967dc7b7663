import { readCustomer } from "../../../core/linking/documents.ts";
import { type LinkPlan, planLink } from "../../../core/linking/link-plan.ts";
import type { LinkFacts } from "../../../core/linking/ties.ts";
import type { Gateway } from "../../gateway.ts";
import { linkAsPlanned } from "../../linking/link-as-planned.ts";
import { setMark } from "../../linking/mark-link.ts";
import { batchedWrites } from "../batched-writes.ts";
import { pagesOf } from "../reading/pages.ts";
import { readLinkFactsOfMany } from "../reading/read-link-facts-of-many.ts";
import { type DirectorySurvey, fullQueries, surveyDirectory } from "../reading/survey-directory.ts";

/** `planned`: the run only plans. */
export type LinkOutcome = "planned" | "linked" | "changed" | "refused";

export interface LinkAllOptions {
  /** Links by phone and name as well as by id. */
  readonly byPhone: boolean;
  readonly apply: boolean;
  /** Told as they are done: a run of any size needs little memory. */
  onPlan(plan: LinkPlan, outcome: LinkOutcome): void;
  /** At the start, and after each page. @param total of a count a moment ago */
  onProgress(done: number, total: number): void;
}

/** The result of a run, or of its plan. */
export interface LinkCounts {
  readonly customers: number;
  /** Links by an id, planned or written. */
  readonly byId: number;
  /** Links by phone and name, planned or written; without `byPhone` neither. */
  readonly byPhone: number;
  /** Links that stand and get our mark. */
  readonly marked: number;
  /** Plans that another writer overtook: left as they are. */
  readonly changed: number;
  /** Plans that an index of the database refused. */
  readonly refused: number;
}

/**
 * Links every customer with certain evidence, by the decision and the compare-and-sets of a login.
 * A first pass finds the spellings that no index lists, so that each decision is that of a login
 * with an ended search. The data itself is the progress: after a kill the next run goes on, and links made by then are
 * not planned again.
 */
export async function linkAll(
  gateway: Pick<Gateway, "audit" | "directory" | "rules" | "runtime">,
  options: LinkAllOptions,
): Promise<LinkCounts> {
  const counts = { customers: 0, byId: 0, byPhone: 0, marked: 0, changed: 0, refused: 0 };
  const tell = (plan: LinkPlan, outcome: LinkOutcome) => {
    if (outcome === "changed" || outcome === "refused") counts[outcome]++;
    else if (plan.kind === "mark") counts.marked++;
    else if (plan.by === "id") counts.byId++;
    else counts.byPhone++;
    options.onPlan(plan, outcome);
  };
  const survey = await surveyDirectory(gateway);
  options.onProgress(0, survey.customers);
  for await (const page of pagesOf(gateway, "customers_v2")) {
    const customers = page.flatMap((document) => readCustomer(document, gateway.rules.phone) ?? []);
    const facts = await readLinkFactsOfMany(gateway, customers, survey);
    const planned = plansOf([...facts.values()]);
    const wanted = planned.filter(({ plan }) => options.byPhone || plan.by === "id");
    // Counted in every plan: an operator sees what --by-phone would add.
    if (!options.apply) counts.byPhone += planned.length - wanted.length;
    if (!options.apply) for (const { plan } of wanted) tell(plan, "planned");
    else await applyPage(gateway, survey, wanted, tell);
    counts.customers += page.length;
    options.onProgress(counts.customers, survey.customers);
  }
  return counts;
}

type Ports = Pick<Gateway, "directory" | "rules" | "runtime">;

interface Planned {
  readonly plan: LinkPlan;
  readonly facts: LinkFacts;
}

/** The plan for each customer with something to do. */
export const plansOf = (all: readonly LinkFacts[]): readonly Planned[] =>
  all.flatMap((facts) => {
    const plan = planLink(facts);
    return plan === null ? [] : [{ plan, facts }];
  });

/** Each step of all links of a page is one write of many documents. */
export async function applyPage(
  gateway: Ports,
  survey: DirectorySurvey,
  wanted: readonly Planned[],
  tell: (plan: LinkPlan, outcome: LinkOutcome) => void,
): Promise<void> {
  const together = { ...gateway, directory: batchedWrites(gateway) };
  for (const [at, round] of roundsOf(wanted).entries()) {
    // A later round of one phone sees what the earlier one wrote, such as its placeholder e-mail. A
    // match by phone is lost where another record has got the phone since the page was read. A plan
    // from a survey is minutes old: a second user may have named the customer since.
    const isFresh = ({ plan }: Planned) => at === 0 && plan.by === "id" && survey.users === null;
    const again = round.filter((one) => !isFresh(one));
    const stillPlanned = await planAgain(gateway, survey, again);
    for (const one of again) if (!stillPlanned.has(one)) tell(one.plan, "changed");
    const current = [...round.filter(isFresh), ...stillPlanned.values()];
    const outcomes = await Promise.all(current.map((one) => outcomeOf(together, one)));
    for (const [index, { plan }] of current.entries()) tell(plan, outcomes[index] ?? "changed");
  }
}

/** Customers of one phone go into different rounds. */
function roundsOf(wanted: readonly Planned[]): readonly (readonly Planned[])[] {
  const rounds: Planned[][] = [];
  const seen = new Map<string, number>();
  for (const one of wanted) {
    const at = seen.get(one.facts.phone) ?? 0;
    seen.set(one.facts.phone, at + 1);
    const round = rounds[at] ?? [];
    rounds[at] = round;
    round.push(one);
  }
  return rounds;
}

/** The plans that the data, read again in full, still gives. */
async function planAgain(
  gateway: Ports,
  survey: DirectorySurvey,
  all: readonly Planned[],
): Promise<ReadonlyMap<Planned, Planned>> {
  if (all.length === 0) return new Map();
  const customers = all.map(({ plan }) => plan.customer);
  const facts = await readLinkFactsOfMany(gateway, customers, fullQueries(survey));
  return new Map(
    all.flatMap((one) => {
      const { customer, kind, by, user } = one.plan;
      const now = facts.get(customer.document.key);
      const [again] = plansOf(now === undefined ? [] : [now]);
      const isSame =
        again?.plan.kind === kind &&
        again.plan.by === by &&
        again.plan.user.document.key === user.document.key;
      return isSame ? [[one, again] as const] : [];
    }),
  );
}

async function outcomeOf(gateway: Ports, { facts, plan }: Planned): Promise<LinkOutcome> {
  if (plan.kind === "link") return linkAsPlanned(gateway, facts, plan.user);
  const marked = await setMark(gateway, plan.customer, plan.user);
  return marked === "applied" ? "linked" : "changed";
}
