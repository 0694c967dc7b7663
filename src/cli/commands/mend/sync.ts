import type { Walk } from "../../../flows/operator/reading/walk-collection.ts";
import { syncCopies } from "../../../flows/operator/sync-copies.ts";
import { type RunCommand, runLine } from "../../command-line.ts";
import type { DataPorts } from "../../data-place.ts";
import { atRunPlace, type RunOptions, runOptions } from "../../run-place.ts";
import { type Walked, walkAll } from "../../walk-command.ts";

const DESCRIPTION =
  "Copies name and phone from customers_v2, the source of truth, to the users who are linked on both sides. A user with another number than the customer is left for a person, unless doorstep made the link. Prints the plan; --apply writes.";

/**
 * `doorstep sync`: the copies of name and phone.
 *
 * @returns the exit code: 0 clean, 1 something to change or to decide, 2 usage, 3 unreachable
 */
export const syncCommand: RunCommand = (args, io, env) =>
  runLine("doorstep sync", args, io, (line, exit) =>
    runOptions(line, "write them")
      .description(DESCRIPTION)
      .action(async (options: RunOptions) =>
        exit(
          await atRunPlace(options, io, env, (place) =>
            walkAll(place, { name: "sync", effect: "write name and phone of", walk }, options),
          ),
        ),
      ),
  );

async function walk(gateway: DataPorts, through: Walk): Promise<Walked> {
  const left: string[] = [];
  const counts = await syncCopies(gateway, through, (customerId, userId) => {
    left.push(`customer ${customerId}, user ${userId}: the phones differ`);
  });
  return { counts, left };
}
