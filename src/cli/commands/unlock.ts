import { UNLOCK } from "../../http/routes/admin-operations.ts";
import type { UnlockReport } from "../../http/routes/admin-shapes.ts";
import { notEmpty, type RunCommand, runLine } from "../command-line.ts";
import { type OperatorOptions, operatorOptions } from "../operator-options.ts";
import { screenOf } from "../output/printable.ts";
import { operate, type Shown } from "../remote/operate.ts";

const DESCRIPTION =
  "Forgives a phone its wrong codes and ends its lock, for new devices and known ones. Messages that were sent still count. Prints the plan; --apply unlocks.";

type Options = OperatorOptions & { readonly apply?: boolean };

/**
 * `doorstep unlock`: ends the lock of a phone.
 *
 * @returns the exit code: 0 unlocked or nothing to do, 1 something to unlock, 2 usage, 3 unreachable
 */
export const unlockCommand: RunCommand = (args, io, env) =>
  runLine("doorstep unlock", args, io, (line, exit) =>
    operatorOptions(line.argument("<phone>", "the phone to unlock", notEmpty))
      .description(DESCRIPTION)
      .option("--apply", "unlock; without it only the plan is printed")
      .action(async (phone: string, { apply = false, ...options }: Options) =>
        exit(await operate(UNLOCK, { phone, apply }, { env, io, ...options }, shown)),
      ),
  );

function shown({ applied, lanes, phone }: UnlockReport): Shown {
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
