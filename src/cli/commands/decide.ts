import type { CustomerId, UserId } from "../../core/ids.ts";
import {
  DECISION_COLUMNS,
  type DecisionRow,
  readDecisions,
} from "../../core/linking/decision-rows.ts";
import { applyDecision, type RowOutcome } from "../../flows/operator/apply-decision.ts";
import { isConfirmed } from "../apply.ts";
import { notEmpty, type RunCommand, runLine } from "../command-line.ts";
import type { DataPorts } from "../data-place.ts";
import { countOf } from "../output/count.ts";
import { faultText } from "../output/line-faults.ts";
import { screenOf } from "../output/printable.ts";
import { tableLines } from "../output/text-table.ts";
import { readCsv } from "../read-csv.ts";
import {
  atRunPlace,
  inNewRun,
  type RunOptions,
  type RunPlace,
  runOptions,
  type StartedRun,
} from "../run-place.ts";

const DESCRIPTION =
  "Carries out the decisions in the CSV of `doorstep audit --csv`: link, new or leave in the column decision. The whole file is judged first; one fault in it, and nothing is written. Rows with records that have changed since the export are left and named. Prints the plan; --apply writes.";

/**
 * `doorstep decide FILE`: decisions of a person, many at once.
 *
 * @returns the exit code: 0 all carried out, 1 a plan, or rows that are left, 2 usage or a fault in
 *   the file, 3 unreachable
 */
export const decideCommand: RunCommand = (args, io, env) =>
  runLine("doorstep decide", args, io, (line, exit) =>
    runOptions(line, "carry the decisions out")
      .argument("<file>", "the CSV", notEmpty)
      .description(DESCRIPTION)
      .action(async (file: string, options: RunOptions) => {
        const lines = readCsv(file, DECISION_COLUMNS);
        const read = lines.ok ? readDecisions(lines.value) : lines;
        if (!read.ok) io.err(faultText(file, read.failure));
        exit(
          read.ok
            ? await atRunPlace(options, io, env, (place) => decide(place, read.value, options))
            : 2,
        );
      }),
  );

const SHOWN = 20;

/** A row with the result of its decision. */
interface Judged {
  readonly row: DecisionRow;
  readonly outcome: RowOutcome;
}

/** Rows that are read, or written, at once: their before-images share a sync. */
const AT_ONCE = 32;

async function judgeAll(
  { io }: RunPlace,
  gateway: DataPorts,
  rows: readonly DecisionRow[],
  apply: boolean,
): Promise<readonly Judged[]> {
  const judged: Judged[] = [];
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const batch = rows.slice(from, from + AT_ONCE);
    const outcomes = await Promise.all(batch.map((row) => applyDecision(gateway, row, apply)));
    for (const [at, row] of batch.entries()) {
      judged.push({ row, outcome: outcomes[at] ?? "changed" });
    }
    if (judged.length % 1024 === 0) io.err(`${judged.length} of ${rows.length} rows\n`);
  }
  return judged;
}

async function decide(
  place: RunPlace,
  all: readonly DecisionRow[],
  options: RunOptions,
): Promise<number> {
  const { database, gateway, io } = place;
  const rows = all.filter(({ decision }) => decision === "link" || decision === "new");
  const planned = await judgeAll(place, gateway, rows, false);
  const count = planned.filter(({ outcome }) => outcome === "done").length;
  if (options.apply !== true || count === 0) {
    show(place, all, planned, options);
    if (count > 0) io.err("Nothing was written. --apply carries the decisions out.\n");
    return count > 0 || isLeft(planned) ? 1 : 0;
  }
  const effect = `carry out ${countOf(count, "decision")}`;
  if (!(await isConfirmed(effect, database, options, io))) return 1;
  const done = await inNewRun(place, { command: "decide", endsSessions: true }, async (run) => {
    const judged = await judgeAll(place, run.gateway, rows, true);
    for (const { outcome, row } of judged) if (outcome === "done") record(run, row);
    return judged;
  });
  show(place, all, done, options, "carried out");
  return isLeft(done) ? 1 : 0;
}

function record({ gateway, header }: StartedRun, { customerId, decision, userId }: DecisionRow) {
  gateway.audit.record({
    name: "link.joined",
    by: "operator",
    operator: header.by,
    runId: header.id,
    customerId: customerId as CustomerId,
    ...(decision === "link" ? { userId: userId as UserId } : {}),
    detail: `decided: ${decision}`,
  });
}

const isSettled = ({ outcome }: Judged): boolean => outcome === "done" || outcome === "standing";
const isLeft = (judged: readonly Judged[]): boolean => !judged.every(isSettled);

const REASONS: Readonly<Record<Exclude<RowOutcome, "done" | "standing">, string>> = {
  changed: "a record has changed since the export: export again",
  "customer-id-shared": "another customers_v2 document has the same id",
  "customer-linked": "the customer is linked with another user",
  "customer-without-phone": "the customer's phone cannot be read",
  index: "an index of the database refuses the write",
  "user-linked": "the user is linked with another customer",
  "user-made-for-another": "doorstep made the user for another customer",
  "user-unusable": "the user is staff, or has no id of its own",
};

function show(
  { io }: RunPlace,
  all: readonly DecisionRow[],
  judged: readonly Judged[],
  { json = false }: RunOptions,
  done = "would be carried out",
): void {
  const counted = (wanted: DecisionRow["decision"]) =>
    all.filter(({ decision }) => decision === wanted).length;
  const of = (wanted: RowOutcome) => judged.filter(({ outcome }) => outcome === wanted).length;
  const left = judged.filter((one) => !isSettled(one));
  const report = {
    applied: done === "carried out",
    done: of("done"),
    standing: of("standing"),
    leave: counted("leave"),
    undecided: counted(null),
    left: left.map(({ outcome, row }) => ({ line: row.line, because: outcome })),
  };
  if (json) {
    io.out(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const more = left.length - SHOWN;
  const counts = tableLines([
    [done, `${report.done}`],
    ["carried out before", `${report.standing}`],
    ["to leave", `${report.leave}`],
    ["not decided", `${report.undecided}`],
    ["not possible", `${left.length}`],
  ]);
  const reasons = left
    .slice(0, SHOWN)
    .map(({ outcome, row }) => `  line ${row.line}: ${REASONS[outcome as keyof typeof REASONS]}`);
  io.out(screenOf([...counts, ...reasons, ...(more > 0 ? [`  and ${more} more; --json`] : [])]));
}
