import { publishedPasswords } from "../../../adapters/bcrypt/published-passwords.ts";
import { findStranded, type StrandedUser } from "../../../flows/operator/audit/find-stranded.ts";
import { closePasswords } from "../../../flows/operator/close-passwords.ts";
import { surveyDirectory } from "../../../flows/operator/reading/survey-directory.ts";
import { noCounts, type Walk } from "../../../flows/operator/reading/walk-collection.ts";
import { type RunCommand, runLine } from "../../command-line.ts";
import type { DataPorts } from "../../data-place.ts";
import { atRunPlace, type RunOptions, type RunPlace, runOptions } from "../../run-place.ts";
import { walkAll } from "../../walk-command.ts";

const DESCRIPTION =
  "Removes the password hashes of customers' users who are linked, or who have a published default password. Refuses while a person who can log in by password today could not by phone tomorrow, and lists them; --strand goes on. Prints the plan; --apply removes. Its before-images hold the hashes: keep that folder safe.";

interface Options extends RunOptions {
  readonly strand?: boolean;
}

/**
 * `doorstep close-passwords`: the end of customers' passwords.
 *
 * @returns the exit code: 0 clean, 1 a plan, or people who would be stranded, 2 usage,
 *   3 unreachable
 */
export const closePasswordsCommand: RunCommand = (args, io, env) =>
  runLine("doorstep close-passwords", args, io, (line, exit) =>
    runOptions(line, "remove them")
      .option("--strand", "go on, though the listed people could log in no more")
      .description(DESCRIPTION)
      .action(async (options: Options) =>
        exit(await atRunPlace(options, io, env, (place) => close(place, options))),
      ),
  );

const REASONS: Readonly<Record<StrandedUser["because"], string>> = {
  "no-customer": "has no delivery record: doorstep adopt",
  stopped: "the delivery record is stopped",
  "no-phone": "the phone of the delivery record cannot be read: doorstep change-phone",
  conflict: "the records contradict each other: doorstep who",
  "another-user": "a login by phone would use another user: doorstep who",
};

async function close(place: RunPlace, options: Options): Promise<number> {
  const left = await strandedAt(place.gateway);
  const isForced = options.strand === true;
  const isRefused = left.length > 0 && !isForced;
  const isPublished = publishedPasswords();
  const command = {
    name: "close-passwords",
    effect: "remove the passwords of",
    walk: async (gateway: DataPorts, walk: Walk) => {
      // The question may have stood for an hour: who would be stranded now counts.
      const looksAgain = walk.run !== null && !isForced;
      const now = looksAgain ? await strandedAt(gateway) : left;
      if (!looksAgain || now.length === 0) {
        return { counts: await closePasswords(gateway, walk, isPublished), left: now };
      }
      place.io.err(REFUSED);
      return { counts: noCounts(), left: now };
    },
  };
  if (!isRefused) return walkAll(place, command, options);
  await walkAll(place, command, { ...options, apply: false });
  place.io.err(REFUSED);
  return 1;
}

const REFUSED =
  "Refused: those people could log in no more. Help them first, or add --strand. Nothing was written.\n";

/** Everyone who could log in no more, each as a line. */
async function strandedAt(gateway: DataPorts): Promise<readonly string[]> {
  const lines: string[] = [];
  const survey = await surveyDirectory(gateway);
  for await (const { because, userId } of findStranded(gateway, survey)) {
    lines.push(`user ${userId}: ${REASONS[because]}`);
  }
  return lines;
}
