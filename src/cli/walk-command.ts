import type { Walk, WalkCounts } from "../flows/operator/reading/walk-collection.ts";
import { isConfirmed } from "./apply.ts";
import type { DataPorts } from "./data-place.ts";
import { countOf } from "./output/count.ts";
import { screenOf } from "./output/printable.ts";
import { progressOf } from "./output/progress.ts";
import { inNewRun, type RunOptions, type RunPlace } from "./run-place.ts";
import { keepHeapSmall } from "./small-heap.ts";

/** The result of one walk through the collections. */
export interface Walked {
  readonly counts: WalkCounts;
  /** Documents that a person must look at, each as a line. */
  readonly left: readonly string[];
}

/** A command that walks through the collections and changes single documents. */
export interface WalkingCommand {
  readonly name: string;
  /** What it writes, for its question: `normalize the phones of`. */
  readonly effect: string;
  readonly walk: (gateway: DataPorts, walk: Walk) => Promise<Walked>;
}

/** Lines on the screen; `--json` has them all. */
const SHOWN = 50;

/**
 * Plans by one walk, asks, and writes by another, which decides anew about each document.
 *
 * @returns the exit code: 0 nothing left, 1 a plan, or documents that are left, 3 unreachable
 */
export async function walkAll(
  place: RunPlace,
  command: WalkingCommand,
  options: RunOptions,
): Promise<number> {
  keepHeapSmall();
  const { database, gateway, io } = place;
  const { directory: reading } = gateway;
  const plan = await walked(place, command, { directory: reading, run: null, total: null });
  const { planned, read: total } = plan.counts;
  if (options.apply !== true || planned === 0) {
    show(place, plan, false, options);
    if (planned > 0) io.err("Nothing was written. --apply writes.\n");
    return planned > 0 || plan.left.length > 0 ? 1 : 0;
  }
  const effect = `${command.effect} ${countOf(planned, "document")}`;
  if (!(await isConfirmed(effect, database, options, io))) return 1;
  const done = await inNewRun(place, { command: command.name }, ({ directory, run }) =>
    walked(place, command, { directory, run, total }),
  );
  show(place, done, true, options);
  return done.counts.lost > 0 || done.left.length > 0 ? 1 : 0;
}

/** @param run null: only the plan. @param total of the plan; null: not known yet */
async function walked(
  { gateway, io }: RunPlace,
  { walk }: WalkingCommand,
  { directory, run, total }: Pick<Walk, "directory" | "run"> & { readonly total: number | null },
): Promise<Walked> {
  const bar = progressOf(io, "documents");
  bar.update(0, total);
  try {
    const onProgress = ({ read }: WalkCounts) => bar.update(read, total);
    return await walk(gateway, { directory, run, onProgress });
  } finally {
    bar.end();
  }
}

function show(
  { io }: RunPlace,
  { counts, left }: Walked,
  applied: boolean,
  { json = false }: RunOptions,
): void {
  const { lost, planned, read, written } = counts;
  if (json) {
    io.out(`${JSON.stringify({ applied, read, planned, written, lost, left }, null, 2)}\n`);
    return;
  }
  const more = left.length - SHOWN;
  io.out(
    screenOf([
      `${countOf(read, "document")} read`,
      applied ? `${written} changed` : `${planned} to change`,
      ...(lost > 0 ? [`${lost} changed by others meanwhile: run the command again`] : []),
      ...(left.length > 0 ? [`${left.length} for a person to decide:`] : []),
      ...left.slice(0, SHOWN).map((line) => `  ${line}`),
      ...(more > 0 ? [`  and ${more} more; --json lists all`] : []),
    ]),
  );
}
