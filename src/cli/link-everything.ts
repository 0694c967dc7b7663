import type { LinkPlan } from "../core/linking/link-plan.ts";
import { type LinkCounts, type LinkOutcome, linkAll } from "../flows/operator/linking/link-all.ts";
import { isConfirmed } from "./apply.ts";
import { countOf } from "./output/count.ts";
import { screenOf } from "./output/printable.ts";
import { progressOf } from "./output/progress.ts";
import { tableLines } from "./output/text-table.ts";
import { inNewRun, type RunOptions, type RunPlace, type StartedRun } from "./run-place.ts";
import { keepHeapSmall } from "./small-heap.ts";

export interface LinkEverythingOptions extends RunOptions {
  readonly byPhone?: boolean;
  readonly list?: boolean;
  readonly reason?: string;
}

/**
 * `doorstep link`: every link that is certain. The plan reads as `--apply` does, and writes nothing.
 *
 * @returns the exit code: 0 nothing to do, or done; 1 a plan, or records that changed meanwhile
 */
export async function linkEverything(
  place: RunPlace,
  options: LinkEverythingOptions,
): Promise<number> {
  keepHeapSmall();
  const { database, io } = place;
  if (options.apply !== true)
    return shown(place, await run(place, place.gateway, options), options);
  // A person confirms a count; a script that gave --yes does not need the first pass.
  if (options.yes !== true) {
    const plan = await run(place, place.gateway, { ...options, apply: false, list: false });
    const planned = plan.byId + plan.marked + (options.byPhone === true ? plan.byPhone : 0);
    if (planned === 0) return shown(place, plan, options);
    const effect = `write ${countOf(planned - plan.marked, "link")} and protect ${countOf(plan.marked, "link")}`;
    if (!(await isConfirmed(effect, database, options, io))) return 1;
  }
  const { byPhone = false, reason } = options;
  const command = byPhone ? "link --by-phone" : "link";
  const purpose = { command, ...(reason === undefined ? {} : { reason }) };
  const counts = await inNewRun(place, purpose, (started) =>
    run(place, started.gateway, options, (plan) => record(started, plan)),
  );
  return shown(place, counts, options);
}

/** Each link that a run wrote, with who and why; a mark changes no link. */
function record({ gateway, header }: StartedRun, { by, customer, kind, user }: LinkPlan): void {
  if (kind !== "link") return;
  gateway.audit.record({
    name: "link.written",
    by: "operator",
    operator: header.by,
    runId: header.id,
    customerId: customer.id,
    userId: user.id,
    ...(header.reason === null ? {} : { reason: header.reason }),
    detail: `by ${by}`,
  });
}

async function run(
  { io }: RunPlace,
  gateway: RunPlace["gateway"],
  { apply = false, byPhone = false, list = false }: LinkEverythingOptions,
  onLinked: (plan: LinkPlan) => void = () => undefined,
): Promise<LinkCounts> {
  const bar = progressOf(io, "customers");
  const onPlan = (plan: LinkPlan, outcome: LinkOutcome) => {
    if (list) io.out(`${listed(plan, outcome)}\n`);
    if (outcome === "linked") onLinked(plan);
  };
  try {
    return await linkAll(gateway, {
      apply,
      byPhone,
      onPlan,
      onProgress: bar.update,
    });
  } finally {
    bar.end();
  }
}

/** One line for scripts: outcome, evidence, both ids. */
const listed = ({ by, customer, kind, user }: LinkPlan, outcome: LinkOutcome): string =>
  [outcome, kind === "mark" ? "protect" : `by-${by}`, customer.id, user.id].join("\t");

function shown(
  { database, io }: RunPlace,
  counts: LinkCounts,
  { apply = false, byPhone = false, json = false }: LinkEverythingOptions,
): number {
  const { changed, customers, marked, refused } = counts;
  const planned = counts.byId + marked + (byPhone ? counts.byPhone : 0);
  if (json) io.out(`${JSON.stringify({ database: database.shown, applied: apply, ...counts })}\n`);
  else {
    const rows = [
      [apply ? "linked by id" : "to link by id", `${counts.byId}`, apply ? "" : "certain"],
      [
        byPhone && apply ? "linked by phone" : "to link by phone",
        `${counts.byPhone}`,
        byPhone ? "phone and name agree" : "phone and name agree: look first, then --by-phone",
      ],
      [apply ? "protected" : "to protect", `${marked}`, "links that a migration could wipe"],
      ...(changed > 0
        ? [["changed meanwhile", `${changed}`, "left as they are: run it again"]]
        : []),
      ...(refused > 0 ? [["refused", `${refused}`, "by an index of the database"]] : []),
    ];
    const isQuiet = apply && !byPhone;
    const visible = isQuiet ? rows.filter(([name]) => name !== "to link by phone") : rows;
    io.out(
      screenOf([
        `link  ${database.shown}  ${apply ? "applied" : "plan"}  ${countOf(customers, "customer")} read`,
        ...tableLines(visible.map((row) => row.map(String))).map((line) => `  ${line}`),
      ]),
    );
  }
  if (!apply && planned > 0)
    io.err("Nothing was written. --apply writes; doorstep undo takes it back.\n");
  return changed + refused > 0 || (!apply && planned > 0) ? 1 : 0;
}
