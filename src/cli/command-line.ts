import { Command, CommanderError, InvalidArgumentError } from "commander";
import type { EnvironmentRecord } from "../config/load-settings.ts";

/** Where a command writes: data to `out`, everything else to `err`. Texts end with a newline. */
export interface CommandOutput {
  out(text: string): void;
  err(text: string): void;
  /** Asks the person at the terminal; missing where there is none. */
  ask?(question: string): Promise<string>;
  /** Columns of the terminal on `out`; missing where there is none. */
  readonly columns?: number;
  /** Writes over the last line of the terminal on `err`; missing where there is none. */
  progress?(text: string): void;
}

/**
 * One command of `doorstep`.
 *
 * @param args the arguments after the command's name
 * @returns the exit code: 0 clean, 1 findings, 2 usage, 3 unreachable
 */
export type RunCommand = (
  args: readonly string[],
  io: CommandOutput,
  env: EnvironmentRecord,
) => Promise<number>;

/**
 * Parses a command line and runs its command. Help goes to `out` with exit code 0; a wrong line is
 * explained on `err`, with exit code 2.
 *
 * @param name as a person types it: `doorstep who`
 * @param declare adds the arguments, options and actions; an action hands its exit code to `exit`
 */
export async function runLine(
  name: string,
  args: readonly string[],
  io: CommandOutput,
  declare: (line: Command, exit: (code: number) => void) => void,
): Promise<number> {
  let exitCode = 0;
  const line = new Command(name)
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) });
  declare(line, (code) => {
    exitCode = code;
  });
  try {
    await line.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? 0 : 2;
  }
}

/** For arguments: an empty text usually comes from an unset shell variable. */
export function notEmpty(text: string): string {
  if (text === "") throw new InvalidArgumentError("It is empty.");
  return text;
}
