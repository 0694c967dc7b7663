import { UNLOCK } from "../../http/routes/admin/admin-operations.ts";
import type { UnlockReport } from "../../http/routes/admin/admin-shapes.ts";
import { type ApplyOptions, applyOptions } from "../apply.ts";
import { notEmpty, type RunCommand, runLine } from "../command-line.ts";
import { type OperatorOptions, operatorOptions } from "../operator-options.ts";
import { screenOf } from "../output/printable.ts";
import type { Shown } from "../remote/operate.ts";
import { operateWriting } from "../remote/operate-writing.ts";

const DESCRIPTION =
  "Forgives a phone its wrong codes and ends its lock, for new devices and known ones. Messages that were sent still count. Prints the plan; --apply unlocks.";

type Options = OperatorOptions & ApplyOptions;

/**
 * `doorstep unlock`: ends the lock of a phone.
 *
 * @returns the exit code: 0 unlocked or nothing to do, 1 something to unlock, 2 usage, 3 unreachable
 */
export const unlockCommand: RunCommand = (args, io, env) =>
  runLine("doorstep unlock", args, io, (line, exit) =>
    applyOptions(
      operatorOptions(line.argument("<phone>", "the phone to unlock", notEmpty)),
      "unlock",
    )
      .description(DESCRIPTION)
      .action(async (phone: string, options: Options) => {
        const asked = { phone, apply: options.apply === true };
        exit(await operateWriting(UNLOCK, asked, { env, io, ...options }, shown));
      }),
  );

function shown({ applied, lanes, phone }: UnlockReport): Shown & { readonly effect: string } {
  const effect = `forgive the wrong codes of ${phone}`;
  const verb = applied ? "forgave" : "would forgive";
  const lines = lanes.map(({ customer_id, failures, locked_until, wrong_codes }) => {
    const lane = customer_id === null ? "the phone" : `known devices of ${customer_id}`;
    const lock = locked_until === null ? "" : `, LOCKED until ${locked_until}`;
    return `  ${verb} ${lane}: ${failures} wrong in a row, ${wrong_codes} wrong in 24 h${lock}`;
  });
  const screen = screenOf([phone, ...(lines.length > 0 ? lines : ["  nothing to forgive"])]);
  if (applied || lines.length === 0) return { screen, code: 0, effect };
  return { screen, code: 1, effect, hint: "Nothing was written. --apply unlocks.\n" };
}
