import type { Command } from "commander";
import type { NamedDatabase } from "../core/address/database-name.ts";
import type { CommandOutput } from "./command-line.ts";

/** The options of every command that writes. */
export interface ApplyOptions {
  readonly apply?: boolean;
  readonly yes?: boolean;
}

/** Adds the options to a line. @param effect of `--apply`, as its help says it: `end them` */
export const applyOptions = (line: Command, effect: string): Command =>
  line
    .option("--apply", `${effect}; without it only the plan is printed`)
    .option("--yes", "with --apply: do not ask for the database's name, for scripts");

const UNATTENDED =
  "Nothing was written. --apply asks for the database's name, and this is no terminal. In a script add --yes.\n";

/** Whether `--apply` could not ask its question here; then it says so. Exit code 2. */
export function cannotAsk({ apply, yes }: ApplyOptions, io: CommandOutput): boolean {
  if (apply !== true || yes === true || io.ask !== undefined) return false;
  io.err(UNATTENDED);
  return true;
}

/**
 * Asks the person at the terminal for the database's name, so that a plan made for one database is
 * not applied to another.
 *
 * @param effect what would be written, with its count: `restore 41 documents`
 */
export async function isConfirmed(
  effect: string,
  { name, shown }: NamedDatabase,
  { yes }: ApplyOptions,
  io: CommandOutput,
): Promise<boolean> {
  if (yes === true) return true;
  if (io.ask === undefined) return false;
  io.err(`This will ${effect} in ${shown}.\n`);
  const answer = await io.ask(`Type the name ${name} to go on: `);
  if (answer.trim() === name) return true;
  io.err("That is not its name. Nothing was written.\n");
  return false;
}
