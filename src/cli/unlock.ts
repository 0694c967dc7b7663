import { UNLOCK } from "../http/routes/admin-operations.ts";
import type { UnlockedPhone } from "../http/routes/admin-shapes.ts";
import type { CommandOutput } from "./keys.ts";
import { operate, type Shown } from "./operate.ts";
import { readOperatorArguments } from "./operator-arguments.ts";
import { screenOf } from "./printable.ts";

const USAGE = "usage: doorstep unlock PHONE [--apply] [--json] [--gateway URL]\n";

/**
 * `doorstep unlock`: forgives a phone its wrong codes and ends its lock, for new devices and known
 * ones. Messages that were sent still count. Prints what it would do; `--apply` does it.
 *
 * @returns the exit code: 0 unlocked or nothing to do, 1 something to unlock, 2 usage, 3 unreachable
 */
export async function unlockCommand(
  args: readonly string[],
  io: CommandOutput,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const wanted = readOperatorArguments(args, ["apply"]);
  const [phone, ...more] = wanted?.positionals ?? [];
  if (wanted === null || phone === undefined || more.length > 0) {
    io.err(USAGE);
    return 2;
  }
  const { apply } = wanted;
  return operate(UNLOCK, { phone, apply }, { env, io, ...wanted }, shown);
}

function shown({ applied, lanes, phone }: UnlockedPhone): Shown {
  const verb = applied ? "forgave" : "would forgive";
  const lines = lanes.map(({ customer_id, failures, locked_until, wrong_codes }) => {
    const lane = customer_id === null ? "the phone" : `known devices of ${customer_id}`;
    const lock = locked_until === null ? "" : `, LOCKED until ${locked_until}`;
    return `  ${verb} ${lane}: ${failures} wrong in a row, ${wrong_codes} wrong in 24 h${lock}`;
  });
  const screen = screenOf([phone, ...(lines.length > 0 ? lines : ["  nothing to forgive"])]);
  if (applied || lines.length === 0) return { screen, code: 0 };
  return { screen, code: 1, hint: "Nothing was written. --apply unlocks.\n" };
}
