import { readRun, runIds } from "../../adapters/runs/run-files.ts";
import type { UserId } from "../../core/ids.ts";
import {
  type LeftDocument,
  type UndoCounts,
  type UndoOptions,
  undoRun,
} from "../../flows/runs/undo-run.ts";
import type { RecordedRun } from "../../ports/run-journal.ts";
import { isConfirmed } from "../apply.ts";
import { type RunCommand, runLine } from "../command-line.ts";
import type { DataPorts } from "../data-place.ts";
import { countOf } from "../output/count.ts";
import { screenOf } from "../output/printable.ts";
import { progressOf } from "../output/progress.ts";
import { textTable } from "../output/text-table.ts";
import { atRunPlace, inNewRun, type RunOptions, type RunPlace, runOptions } from "../run-place.ts";
import { keepHeapSmall } from "../small-heap.ts";

const DESCRIPTION =
  "Takes a run of another command back: each document that the run wrote becomes as it was, if no one has changed it since. Without a run, lists the runs. Prints the plan; --apply restores. An undo is a run too and can be undone.";

/**
 * `doorstep undo`: lists runs, or takes one back.
 *
 * @returns the exit code: 0 clean, 1 something to restore or left as it is, 2 usage, 3 unreachable
 */
export const undoCommand: RunCommand = (args, io, env) =>
  runLine("doorstep undo", args, io, (line, exit) =>
    runOptions(line.argument("[run]", "the run's id"), "restore")
      .description(DESCRIPTION)
      .action(async (id: string | undefined, options: RunOptions) =>
        exit(
          await atRunPlace(options, io, env, (place) =>
            id === undefined ? list(place, options) : undo(place, id, options),
          ),
        ),
      ),
  );

async function list({ folder, io }: RunPlace, { json = false }: RunOptions): Promise<number> {
  const runs: RecordedRun[] = [];
  for (const id of await runIds(folder)) {
    const run = await tryRead(folder, id);
    if (typeof run === "string") io.err(`${id}: ${run}.\n`);
    else if (run !== null) runs.push(run);
  }
  if (json) {
    io.out(
      `${JSON.stringify(
        runs.map(({ counts, header }) => ({ ...header, counts })),
        null,
        2,
      )}\n`,
    );
    return 0;
  }
  const rows = runs.map(({ counts, header }) => [
    header.id,
    header.undoes === null ? header.command : `undo of ${header.undoes}`,
    `${counts.written}`,
    header.by,
    header.database,
    header.reason ?? "",
  ]);
  const titles = ["RUN", "COMMAND", "WROTE", "BY", "DATABASE", "REASON"];
  io.out(rows.length === 0 ? "no runs\n" : textTable([titles, ...rows]));
  return 0;
}

/** A text says why the run cannot be read. */
async function tryRead(folder: string, id: string): Promise<RecordedRun | string | null> {
  try {
    return await readRun(folder, id);
  } catch (error) {
    if (error instanceof TypeError) return error.message;
    throw error;
  }
}

interface UndoReport extends UndoCounts {
  readonly run: string;
  readonly applied: boolean;
  readonly left_documents: readonly LeftDocument[];
}

/** Ids on the screen; `--json` has them all. */
const SHOWN = 50;

async function undo(place: RunPlace, id: string, options: RunOptions): Promise<number> {
  keepHeapSmall();
  const { database, folder, io } = place;
  const recorded = await tryRead(folder, id);
  if (recorded === null || typeof recorded === "string") {
    io.err(`${recorded ?? `There is no run of this id in ${folder}`}.\n`);
    return 2;
  }
  if (recorded.header.database !== database.shown) {
    io.err(`That run wrote to ${recorded.header.database}, and this is ${database.shown}.\n`);
    return 2;
  }
  const plan = await planned(place, recorded);
  if (options.apply !== true || plan.restored === 0) return shown(place, plan, options);
  const effect = `restore ${countOf(plan.restored, "document")}`;
  if (!(await isConfirmed(effect, database, options, io))) return 1;
  return shown(place, await applied(place, recorded), options);
}

const planned = (place: RunPlace, recorded: RecordedRun): Promise<UndoReport> =>
  undone(place, recorded, { ...place.gateway, run: null });

function applied(place: RunPlace, recorded: RecordedRun): Promise<UndoReport> {
  const { endsSessions, id } = recorded.header;
  const purpose = { command: "undo", undoes: id, endsSessions };
  return inNewRun(place, purpose, ({ directory, gateway: { endSessions }, run }) =>
    undone(place, recorded, { directory, endSessions, run }),
  );
}

/** @param run null: only the plan */
async function undone(
  { io, values }: RunPlace,
  { counts, header, ...recorded }: RecordedRun,
  {
    directory,
    endSessions,
    run,
  }: Pick<DataPorts, "directory" | "endSessions"> & Pick<UndoOptions, "run">,
): Promise<UndoReport> {
  const left: LeftDocument[] = [];
  const bar = progressOf(io, "writes");
  const total = counts.written + counts.lost + counts.unknown;
  bar.update(0, total);
  try {
    const done = await undoRun(directory, recorded, {
      run,
      values,
      onLeft: (document) => void left.push(document),
      onProgress: (count) => bar.update(count, total),
      onUser: async (user) => {
        if (header.endsSessions) await endSessions(user as UserId);
      },
    });
    return { run: header.id, applied: run !== null, ...done, left_documents: left };
  } finally {
    bar.end();
  }
}

function shown({ io }: RunPlace, report: UndoReport, { json = false }: RunOptions): number {
  const { already, applied: isApplied, left, left_documents, restored } = report;
  if (json) io.out(`${JSON.stringify(report, null, 2)}\n`);
  else {
    const verb = isApplied ? "restored" : "would restore";
    const more = left_documents.length - SHOWN;
    io.out(
      screenOf([
        `${verb} ${countOf(restored, "document")}`,
        ...(already > 0 ? [`as before the run already: ${already}`] : []),
        ...(left > 0 ? [`changed since, left as they are: ${left}`] : []),
        ...left_documents.slice(0, SHOWN).map(({ collection, id }) => `  ${collection} ${id}`),
        ...(more > 0 ? [`  and ${more} more; --json lists all`] : []),
      ]),
    );
  }
  if (!isApplied && restored > 0) io.err("Nothing was written. --apply restores.\n");
  return left > 0 || (!isApplied && restored > 0) ? 1 : 0;
}
