import { normalizePhones } from "../../../flows/operator/normalize-phones.ts";
import { type RunCommand, runLine } from "../../command-line.ts";
import { atRunPlace, type RunOptions, runOptions } from "../../run-place.ts";
import { walkAll } from "../../walk-command.ts";

const DESCRIPTION =
  "Writes every phone in one spelling, ten digits as text, in customers_v2 and in users, where nothing is lost: the stored value is one number and nothing else. Prints the plan; --apply writes.";

/**
 * `doorstep normalize`: phones in one spelling.
 *
 * @returns the exit code: 0 clean, 1 something to change, 2 usage, 3 unreachable
 */
export const normalizeCommand: RunCommand = (args, io, env) =>
  runLine("doorstep normalize", args, io, (line, exit) =>
    runOptions(line, "write them")
      .description(DESCRIPTION)
      .action(async (options: RunOptions) =>
        exit(
          await atRunPlace(options, io, env, (place) =>
            walkAll(
              place,
              {
                name: "normalize",
                effect: "write the phones of",
                walk: async (gateway, walk) => ({
                  counts: await normalizePhones(gateway, walk),
                  left: [],
                }),
              },
              options,
            ),
          ),
        ),
      ),
  );
