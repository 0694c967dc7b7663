import { hostname, userInfo } from "node:os";
import type { Command } from "commander";
import { beginRun, runIdOf } from "../adapters/runs/run-files.ts";
import type { EnvironmentRecord } from "../config/load-settings.ts";
import { toHex } from "../core/bytes.ts";
import { journaledDirectory } from "../flows/runs/journaled-directory.ts";
import type { RunPorts } from "../flows/runs/write-batch.ts";
import type { Directory } from "../ports/directory.ts";
import type { RunHeader } from "../ports/run-journal.ts";
import { type ApplyOptions, applyOptions, cannotAsk } from "./apply.ts";
import type { CommandOutput } from "./command-line.ts";
import type { DataPlace, DataPorts } from "./data-place.ts";
import { GATEWAY_OPTION } from "./operator-options.ts";
import { atDataPlace } from "./remote/at-data-place.ts";

/** The options of every command that changes documents. */
export interface RunOptions extends ApplyOptions {
  readonly json?: boolean;
  readonly runs?: string;
  readonly gateway?: string;
}

/** Adds the options to a line. @param effect of `--apply`, as its help says it */
export const runOptions = (line: Command, effect: string): Command =>
  applyOptions(line, effect)
    .option("--json", "print the result as JSON")
    .option("--runs <folder>", "keep the before-images here; default: runs, beside SQLITE_PATH")
    .option(...GATEWAY_OPTION);

/** Where a command that changes documents reads and writes. */
export interface RunPlace extends Omit<DataPlace, "ports"> {
  readonly gateway: DataPorts;
  /** The folder of the before-images. */
  readonly folder: string;
  /** The options that lead another command to the same place: ` --gateway URL`. */
  readonly again: string;
  readonly io: CommandOutput;
}

/**
 * Runs a command that changes documents, on the stores of the settings or through a gateway.
 *
 * @returns the command's exit code, 2 where `--apply` cannot ask, or 3 where a store is down
 */
export async function atRunPlace(
  options: RunOptions,
  io: CommandOutput,
  env: EnvironmentRecord,
  command: (place: RunPlace) => Promise<number>,
): Promise<number> {
  if (cannotAsk(options, io)) return 2;
  const { gateway, runs } = options;
  const again =
    (gateway === undefined ? "" : ` --gateway ${gateway}`) +
    (runs === undefined ? "" : ` --runs ${runs}`);
  return atDataPlace(gateway, io, env, ({ ports, ...place }) =>
    command({ ...place, gateway: ports, io, again, folder: runs ?? place.file("runs") }),
  );
}

/** What a run is for. */
export interface RunPurpose {
  readonly command: string;
  readonly reason?: string;
  readonly undoes?: string;
  readonly endsSessions?: boolean;
}

/** A run that has begun: its gateway writes only what its journal has. */
export interface StartedRun {
  readonly header: RunHeader;
  readonly run: RunPorts;
  /** Its writes are journaled. */
  readonly gateway: DataPorts;
  /** For work that journals its writes itself. */
  readonly directory: Directory;
}

/**
 * Begins a run, does its work, and tells the run's id, at the start as well: a killed run can be
 * undone too.
 */
export async function inNewRun<T>(
  { again, database, folder, gateway: { runtime }, inRun, io, values }: RunPlace,
  { command, endsSessions = false, reason, undoes }: RunPurpose,
  work: (started: StartedRun) => Promise<T>,
): Promise<T> {
  const at = runtime.now();
  const header: RunHeader = {
    id: runIdOf(at, toHex(runtime.randomBytes(3))),
    at,
    command,
    by: operatorName(),
    reason: reason ?? null,
    database: database.shown,
    undoes: undoes ?? null,
    endsSessions,
  };
  const journal = await beginRun(folder, header);
  io.err(`Run ${header.id}. To take it back: doorstep undo ${header.id}${again}\n`);
  const ports = inRun(header);
  ports.audit.record({
    name: "run.started",
    by: "operator",
    operator: header.by,
    runId: header.id,
    ...(reason === undefined ? {} : { reason }),
    detail: command,
  });
  const run = { journal, values };
  const { directory } = ports;
  const gateway = { ...ports, directory: journaledDirectory(directory, run) };
  try {
    return await work({ header, run, gateway, directory });
  } finally {
    await journal.close();
  }
}

/** The account that runs the command, and its machine; not in the form of an e-mail. */
function operatorName(): string {
  try {
    return `${userInfo().username} on ${hostname()}`;
  } catch {
    return `unknown on ${hostname()}`;
  }
}
