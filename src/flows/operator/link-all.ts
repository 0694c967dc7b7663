import { readCustomer, type StoredDocument } from "../../core/linking/documents.ts";
import { type LinkPlan, planLink } from "../../core/linking/link-plan.ts";
import type { LinkFacts } from "../../core/linking/ties.ts";
import type { Gateway } from "../gateway.ts";
import { linkAsPlanned } from "../linking/link-as-planned.ts";
import { markLink } from "../linking/mark-link.ts";
import { pagesOf } from "./pages.ts";
import { findRareSpellings, type RareSpellings } from "./rare-spellings.ts";
import { readLinkFactsOfMany } from "./read-link-facts-of-many.ts";

/** `planned`: the run only plans. */
export type LinkOutcome = "planned" | "linked" | "changed" | "refused";

export interface LinkAllOptions {
  /** Links by phone and name as well as by id. */
  readonly byPhone: boolean;
  readonly apply: boolean;
  /** Told as they are done: a run of any size needs little memory. */
  onPlan(plan: LinkPlan, outcome: LinkOutcome): void;
  /** After each page. */
  onProgress(done: number): void;
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

/** Writes at once: they share the sync of the run's journal. */
const PARALLEL = 64;

/**
 * Links every customer with certain evidence, by the decision and the compare-and-sets of a login.
 * A first pass finds the spellings that no index lists, so that each decision is that of a login
 * with an ended search. The data itself is the progress: after a kill the next run goes on, and links made by then are
 * not planned again.
 */
export async function linkAll(gateway: LinkWriting, options: LinkAllOptions): Promise<LinkCounts> {
  const counts = { customers: 0, byId: 0, byPhone: 0, marked: 0, changed: 0, refused: 0 };
  const tell = (plan: LinkPlan, outcome: LinkOutcome) => {
    if (outcome === "changed" || outcome === "refused") counts[outcome]++;
    else if (plan.kind === "mark") counts.marked++;
    else if (plan.by === "id") counts.byId++;
    else counts.byPhone++;
    options.onPlan(plan, outcome);
  };
  const rare = await findRareSpellings(gateway);
  for await (const page of pagesOf(gateway, "customers_v2")) {
    const planned = await planPage(gateway, page, rare);
    const wanted = planned.filter(({ plan }) => options.byPhone || plan.by === "id");
    // Counted in every plan: an operator sees what --by-phone would add.
    if (!options.apply) counts.byPhone += planned.length - wanted.length;
    await carryOut(gateway, wanted, options, tell);
    counts.customers += page.length;
    options.onProgress(counts.customers);
  }
  return counts;
}

/** A plan, and the facts that its writes compare. */
interface PlannedLink {
  readonly plan: LinkPlan;
  readonly facts: LinkFacts;
}

/** The plans for the customers of one page. */
export async function planPage(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
  page: readonly StoredDocument[],
  rare: RareSpellings,
): Promise<readonly PlannedLink[]> {
  const customers = page.flatMap((document) => readCustomer(document, gateway.rules.phone) ?? []);
  const facts = await readLinkFactsOfMany(gateway, customers, rare);
  return [...facts.values()].flatMap((one) => {
    const plan = planLink(one);
    return plan === null ? [] : [{ plan, facts: one }];
  });
}

/** Writes plans, some at once. @param tell is called for each, in their order */
export async function carryOut(
  gateway: LinkWriting,
  planned: readonly PlannedLink[],
  options: Pick<LinkAllOptions, "apply">,
  tell: (plan: LinkPlan, outcome: LinkOutcome) => void,
): Promise<void> {
  for (let at = 0; at < planned.length; at += PARALLEL) {
    const part = planned.slice(at, at + PARALLEL);
    const outcomes = await Promise.all(part.map((one) => outcomeOf(gateway, one, options)));
    for (const [index, { plan }] of part.entries()) tell(plan, outcomes[index] ?? "changed");
  }
}

type LinkWriting = Pick<Gateway, "audit" | "directory" | "rules" | "runtime">;

async function outcomeOf(
  gateway: LinkWriting,
  { facts, plan }: PlannedLink,
  { apply }: Pick<LinkAllOptions, "apply">,
): Promise<LinkOutcome> {
  if (!apply) return "planned";
  if (plan.kind === "mark") {
    const marked = await markLink(gateway, plan.customer, plan.user);
    return marked === "applied" ? "linked" : "changed";
  }
  return linkAsPlanned(gateway, facts, plan.user);
}
