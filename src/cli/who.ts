import { WHO } from "../http/routes/admin-operations.ts";
import type { CommandOutput } from "./keys.ts";
import { operate } from "./operate.ts";
import { readOperatorArguments } from "./operator-arguments.ts";
import { personScreen } from "./person-screen.ts";

const USAGE = "usage: doorstep who PHONE|USER_ID|CUSTOMER_ID [--json] [--gateway URL]\n";

/**
 * `doorstep who`: which records a phone or an id names, how they are tied and by what evidence,
 * what is held against the phone, which sessions live, what a login would do and why. Reads, and
 * writes nothing.
 *
 * @returns the exit code: 0 clean, 1 nobody or something to mend, 2 usage, 3 unreachable
 */
export async function whoCommand(
  args: readonly string[],
  io: CommandOutput,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const wanted = readOperatorArguments(args);
  const [who, ...more] = wanted?.positionals ?? [];
  if (wanted === null || who === undefined || more.length > 0) {
    io.err(USAGE);
    return 2;
  }
  return operate(WHO, { who }, { env, io, ...wanted }, (person) => ({
    screen: personScreen(person),
    code: person.clean ? 0 : 1,
  }));
}
