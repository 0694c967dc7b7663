import type { AppliedLink, LinkResult } from "../../flows/operator/apply-links.ts";
import { applyLinks } from "../../flows/operator/apply-links.ts";
import { type PlannedLink, planLinks } from "../../flows/operator/plan-links.ts";
import { type PhoneSurvey, surveyPhones } from "../../flows/operator/survey-phones.ts";
import { isConfirmed } from "../apply.ts";
import { hashNow } from "../hash-now.ts";
import { type LinkCursor, linkCursor } from "../link-cursor.ts";
import { countOf } from "../output/count.ts";
import { type LinkCounts, linkScreen, noCounts, pairText } from "../output/link-screen.ts";
import { progressOf } from "../output/progress.ts";
import { inNewRun, type RunOptions, type RunPlace, type StartedRun } from "../run-place.ts";
import { keepHeapSmall } from "../small-heap.ts";

export interface LinkAllOptions extends RunOptions {
  readonly byPhone?: boolean;
  readonly reason?: string;
}

/** Pairs on the screen; `--json` has them all. */
const SHOWN = 20;

/**
 * `doorstep link`: every link that a login would make on evidence by id, and with `--by-phone` those
 * by phone and name. Memory does not grow with the number of records.
 */
export async function linkAll(place: RunPlace, options: LinkAllOptions): Promise<number> {
  keepHeapSmall();
  const { database, folder, gateway, io } = place;
  const { byPhone = false } = options;
  const scope = `${database.shown} ${byPhone ? "by phone" : "by id"}`;
  const cursor = linkCursor(folder, scope, gateway.runtime.now);
  const survey = await surveyPhones(gateway, hashNow);
  const work = { place, options, byPhone, cursor, survey };
  if (options.apply !== true) return plan(work);
  let total: number | null = null;
  if (options.yes !== true) {
    total = await countLinks(work);
    if (total === 0) return finish(work, noCounts(), null);
    const effect = `write ${countOf(total, "link")}`;
    if (!(await isConfirmed(effect, database, options, io))) return 1;
  }
  return apply(work, total);
}

interface Work {
  readonly place: RunPlace;
  readonly options: LinkAllOptions;
  readonly byPhone: boolean;
  readonly cursor: LinkCursor;
  readonly survey: PhoneSurvey;
}

async function plan(work: Work): Promise<number> {
  const { byPhone, options, place, survey } = work;
  const counts = noCounts();
  const progress = progressOf(place.io, "customers read", null);
  const shown: string[] = [];
  let read = 0;
  for await (const page of planLinks(place.gateway, survey, { byPhone, after: null })) {
    for (const link of page.links) {
      counts.planned[link.evidence]++;
      tell(work, link, "planned", shown);
    }
    read += page.read;
    progress.update(read);
  }
  progress.end();
  const code = finish(work, counts, null, shown);
  if (code === 1 && options.json !== true) {
    place.io.err("Nothing was written. --apply writes these links.\n");
  }
  return code;
}

async function countLinks({ byPhone, place, survey, cursor }: Work): Promise<number> {
  let total = 0;
  const scope = { byPhone, after: cursor.read() };
  for await (const { links } of planLinks(place.gateway, survey, scope)) total += links.length;
  return total;
}

async function apply(work: Work, total: number | null): Promise<number> {
  const { options, place } = work;
  const { reason } = options;
  const counts = noCounts();
  const purpose = { command: "link", endsSessions: true, ...(reason ? { reason } : {}) };
  const shown: string[] = [];
  const run = await inNewRun(place, purpose, async (started) => {
    await applyPages(work, started, counts, total, shown);
    return started.header.id;
  });
  return finish(work, counts, run, shown);
}

async function applyPages(
  work: Work,
  started: StartedRun,
  counts: LinkCounts,
  total: number | null,
  shown: string[],
): Promise<void> {
  const { byPhone, cursor, place, survey } = work;
  const after = cursor.read();
  if (after !== null) place.io.err("Goes on where an interrupted run stopped.\n");
  const what = total === null ? "customers read" : "links";
  const progress = progressOf(place.io, what, total);
  let [read, done] = [0, 0];
  try {
    for await (const page of planLinks(started.gateway, survey, { byPhone, after })) {
      for (const applied of await applyLinks(started.gateway, page.links, survey)) {
        counts.planned[applied.link.evidence]++;
        counts.results[applied.result]++;
        record(work, started, applied);
        if (applied.result === "changed") tell(work, applied.link, applied.result, shown);
        else if (work.options.json === true) tell(work, applied.link, applied.result, []);
      }
      if (page.last !== null) cursor.keep(page.last);
      [read, done] = [read + page.read, done + page.links.length];
      progress.update(total === null ? read : done);
    }
  } finally {
    progress.end();
  }
  cursor.forget();
}

/** The audit line of a link, as a login writes one, with the operator and the run. */
function record(
  { options: { reason } }: Work,
  { gateway, header }: StartedRun,
  { link, result }: AppliedLink,
): void {
  if (result !== "linked" && result !== "marked") return;
  gateway.audit.record({
    name: "link.written",
    by: "operator",
    operator: header.by,
    runId: header.id,
    customerId: link.facts.customer.id,
    userId: link.user.id,
    ...(reason ? { reason } : {}),
    detail: link.evidence === "mark" ? "marked" : `by ${link.evidence}`,
  });
}

/** One link: a line of JSON at once, or one of the first pairs of the screen. */
function tell(
  { options, place }: Work,
  { evidence, facts, user }: PlannedLink,
  result: LinkResult | "planned",
  shown: string[],
): void {
  const pair = { customer_id: facts.customer.id, user_id: user.id, evidence, result };
  if (options.json === true) place.io.out(`${JSON.stringify(pair)}\n`);
  else if (shown.length < SHOWN) shown.push(pairText(pair));
}

function finish(
  { byPhone, options, place: { database, io } }: Work,
  counts: LinkCounts,
  run: string | null,
  shown: readonly string[] = [],
): number {
  const { planned, results } = counts;
  const { id, mark, phone } = planned;
  const total = id + phone + mark;
  const isApplied = options.apply === true;
  if (options.json === true) {
    const summary = { applied: isApplied, database: database.shown, by_phone: byPhone, run };
    io.out(`${JSON.stringify({ ...summary, planned, ...results })}\n`);
  } else io.out(linkScreen(counts, { database: database.shown, isApplied, byPhone, shown }));
  return (isApplied ? results.changed : total) > 0 ? 1 : 0;
}
