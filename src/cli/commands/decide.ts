import type { CustomerId, UserId } from "../../core/ids.ts";
import type { DecisionRow } from "../../core/linking/rows/decision-rows.ts";
import { batchedReads } from "../../flows/operator/batched-reads.ts";
import { batchedWrites } from "../../flows/operator/batched-writes.ts";
import {
  applyDecision,
  phoneTurns,
  type RowOutcome,
} from "../../flows/operator/linking/apply-decision.ts";
import { isConfirmed } from "../apply.ts";
import { type CommandOutput, notEmpty, type RunCommand, runLine } from "../command-line.ts";
import type { DataPorts } from "../data-place.ts";
import { ChangedFile, type DecisionSource, judgeDecisions } from "../decision-source.ts";
import { countOf } from "../output/count.ts";
import { faultText } from "../output/line-faults.ts";
import { screenOf } from "../output/printable.ts";
import { progressOf } from "../output/progress.ts";
import { tableLines } from "../output/text-table.ts";
import {
  atRunPlace,
  inNewRun,
  type RunOptions,
  type RunPlace,
  runOptions,
  type StartedRun,
} from "../run-place.ts";
import { keepHeapSmall } from "../small-heap.ts";

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
        const read = await judgeDecisions(file);
        if (!read.ok) io.err(faultText(file, read.failure));
        exit(
          read.ok
            ? await atRunPlace(options, io, env, (place) =>
                unlessChanged(io, () => decide(place, read.value, options)),
              )
            : 2,
        );
      }),
  );

const SHOWN = 20;

/** A row that is not carried out. */
interface LeftRow {
  readonly line: number;
  readonly because: keyof typeof REASONS;
}

interface Judged {
  done: number;
  standing: number;
  readonly left: LeftRow[];
}

/** Rows that are read, or written, at once: their before-images share a sync. */
const AT_ONCE = 250;

/** @param onDone for each row that is carried out, or would be */
async function judgeAll(
  { io }: RunPlace,
  gateway: DataPorts,
  source: DecisionSource,
  apply: boolean,
  onDone: (row: DecisionRow) => void = () => undefined,
): Promise<Judged> {
  const progress = progressOf(io, "rows");
  const reading = { ...gateway, directory: batchedWrites(gateway) };
  const together = { ...reading, directory: batchedReads(reading) };
  const judged: Judged = { done: 0, standing: 0, left: [] };
  let batch: DecisionRow[] = [];
  let read = 0;
  const inTurn = phoneTurns();
  const judgeBatch = async () => {
    const outcomes = await Promise.all(
      batch.map((row) => applyDecision(together, row, apply, inTurn)),
    );
    for (const [at, row] of batch.entries()) {
      const outcome = outcomes[at] ?? "changed";
      if (outcome !== "done" && outcome !== "standing") {
        judged.left.push({ line: row.line, because: outcome });
        continue;
      }
      judged[outcome]++;
      if (outcome === "done") onDone(row);
    }
    read += batch.length;
    batch = [];
    progress.update(read, source.decided);
  };
  progress.update(0, source.decided);
  try {
    for await (const row of source.rows()) {
      batch.push(row);
      if (batch.length === AT_ONCE) await judgeBatch();
    }
    await judgeBatch();
  } finally {
    progress.end();
  }
  return judged;
}

async function decide(
  place: RunPlace,
  source: DecisionSource,
  options: RunOptions,
): Promise<number> {
  keepHeapSmall();
  const { database, gateway, io } = place;
  const planned = await judgeAll(place, gateway, source, false);
  const count = planned.done;
  if (options.apply !== true || count === 0) {
    show(place, source, planned, options);
    if (count > 0) io.err("Nothing was written. --apply carries the decisions out.\n");
    return count + planned.left.length > 0 ? 1 : 0;
  }
  const effect = `carry out ${countOf(count, "decision")}`;
  if (!(await isConfirmed(effect, database, options, io))) return 1;
  const done = await inNewRun(place, { command: "decide", endsSessions: true }, (run) =>
    judgeAll(place, run.gateway, source, true, (row) => record(run, row)),
  );
  show(place, source, done, options, "carried out");
  return done.left.length > 0 ? 1 : 0;
}

/** A file that is saved between its judgement and its writing was not judged. */
async function unlessChanged(io: CommandOutput, work: () => Promise<number>): Promise<number> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ChangedFile)) throw error;
    io.err("The file was changed meanwhile. Run the command again.\n");
    return 2;
  }
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
  { leave, undecided }: DecisionSource,
  { left, ...counts }: Judged,
  { json = false }: RunOptions,
  done = "would be carried out",
): void {
  const report = { applied: done === "carried out", ...counts, leave, undecided, left };
  if (json) {
    io.out(`${JSON.stringify(report, null, 2)}\n`);
    return;
  }
  const more = left.length - SHOWN;
  const rows = tableLines([
    [done, `${report.done}`],
    ["carried out before", `${report.standing}`],
    ["to leave", `${leave}`],
    ["not decided", `${undecided}`],
    ["not possible", `${left.length}`],
  ]);
  const reasons = left
    .slice(0, SHOWN)
    .map(({ because, line }) => `  line ${line}: ${REASONS[because]}`);
  io.out(screenOf([...rows, ...reasons, ...(more > 0 ? [`  and ${more} more; --json`] : [])]));
}
