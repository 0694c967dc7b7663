import { type Command, InvalidArgumentError } from "commander";
import type { UserId } from "../../core/ids.ts";
import type { Adoption } from "../../core/linking/adopted-customer.ts";
import {
  ADOPTION_COLUMNS,
  MAX_ADDRESS,
  readAdoptions,
} from "../../core/linking/rows/adoption-rows.ts";
import type { CsvLine } from "../../core/linking/rows/decision-rows.ts";
import {
  adoptUsers,
  type NotAdopted,
  type PlannedAdoption,
  planAdoptions,
} from "../../flows/operator/adopt-users.ts";
import { type WholeSearch, wholeSearch } from "../../flows/operator/reading/search-spellings.ts";
import { isConfirmed } from "../apply.ts";
import { type RunCommand, runLine } from "../command-line.ts";
import { countOf } from "../output/count.ts";
import { faultText } from "../output/line-faults.ts";
import { screenOf } from "../output/printable.ts";
import { tableLines } from "../output/text-table.ts";
import { readCsv } from "../read-csv.ts";
import {
  atRunPlace,
  inNewRun,
  type RunOptions,
  type RunPlace,
  runOptions,
  type StartedRun,
} from "../run-place.ts";

const DESCRIPTION =
  "Gives users without a delivery record a complete one in customers_v2, so that they can log in by phone and get deliveries. One user, or a CSV with the columns user_id, address, area and perhaps phone; one fault in the file, and nothing is written. Refused where a customer exists already: doorstep link joins the two. Prints the plan; --apply writes.";

interface Options extends RunOptions {
  readonly address?: string;
  readonly area?: string;
  readonly phone?: string;
  readonly csv?: string;
  readonly shared?: boolean;
}

/**
 * `doorstep adopt`: delivery records for users who have none.
 *
 * @returns the exit code: 0 all adopted, 1 a plan or a refusal, 2 usage, 3 unreachable
 */
export const adoptCommand: RunCommand = (args, io, env) =>
  runLine("doorstep adopt", args, io, (line, exit) =>
    adoptOptions(runOptions(line, "write them"))
      .description(DESCRIPTION)
      .action(async (userId: string | undefined, options: Options) => {
        const lines = await linesOf(userId, options);
        if (typeof lines === "string") io.err(lines);
        exit(
          typeof lines === "string"
            ? 2
            : await atRunPlace(options, io, env, (place) => adopt(place, lines, options)),
        );
      }),
  );

const adoptOptions = (line: Command): Command =>
  line
    .argument("[user]", "the user's id")
    .option("--address <text>", "where the deliveries go", ordinary)
    .option("--area <text>", "the area, as the backend names it", ordinary)
    .option("--phone <phone>", "for a user who has no phone")
    .option("--csv <file>", "many users at once")
    .option("--shared", "the phone is shared with its other customers");

function ordinary(text: string): string {
  const isOrdinary = text.trim() !== "" && text.length <= MAX_ADDRESS && !/\p{Cc}/u.test(text);
  if (!isOrdinary) throw new InvalidArgumentError(`It must be one line of 1 to ${MAX_ADDRESS}.`);
  return text.trim();
}

/** The rows of the file or of the line; a text says what is wrong. */
async function linesOf(
  userId: string | undefined,
  { address, area, csv, phone }: Options,
): Promise<readonly CsvLine[] | string> {
  const single = [userId, address, area];
  if (csv === undefined) {
    const isWhole = single.every((text) => text !== undefined && text !== "");
    if (!isWhole) return "Name a user with --address and --area, or a file with --csv.\n";
    const cells = { user_id: userId ?? "", address: address ?? "", area: area ?? "" };
    return [{ line: 1, cells: { ...cells, phone: phone ?? "" } }];
  }
  if ([...single, phone].some((text) => text !== undefined)) {
    return "--csv stands alone: the file names the users.\n";
  }
  const read = await readCsv(csv, ADOPTION_COLUMNS);
  return read.ok ? read.value : faultText(csv, read.failure);
}

async function adopt(
  place: RunPlace,
  lines: readonly CsvLine[],
  options: Options,
): Promise<number> {
  const { database, gateway, io } = place;
  const read = readAdoptions(lines, gateway.rules.phone);
  if (!read.ok) {
    io.err(faultText(options.csv ?? "The command line", read.failure));
    return 2;
  }
  const search = once(wholeSearch(gateway));
  const plan = await planAdoptions(gateway, read.value, search, options.shared === true);
  const count = plan.filter(({ decision }) => decision.kind === "adopt").length;
  const planned = plan.map((one) => ({ one, result: wordOf(one) }));
  if (options.apply !== true || count === 0) {
    show(place, planned, options);
    if (count > 0) io.err("Nothing was written. --apply writes them.\n");
    return planned.every(({ result }) => result === "adopted") ? 0 : 1;
  }
  if (options.yes !== true) io.err(screenOf(linesFor(planned)));
  const effect = `make ${countOf(count, "delivery record")}`;
  if (!(await isConfirmed(effect, database, options, io))) return 1;
  const done = await inNewRun(place, { command: "adopt", endsSessions: true }, (run) =>
    adoptAll(run, read.value, search, options),
  );
  show(place, done, options);
  return done.every(({ result }) => result === "adopted") ? 0 : 1;
}

/** The plan's search covers every phone of the run: the collection is searched once. */
function once(search: WholeSearch): WholeSearch {
  let found: ReturnType<WholeSearch["keysOf"]> | null = null;
  return {
    keysOf(phones) {
      found ??= search.keysOf(phones);
      return found;
    },
  };
}

type Result = "adopted" | "would be adopted" | NotAdopted;

interface Row {
  readonly one: PlannedAdoption;
  readonly result: Result;
}

function wordOf({ decision }: PlannedAdoption): Result {
  if (decision.kind === "refused") return decision.because;
  return decision.kind === "adopted" ? "adopted" : "would be adopted";
}

async function adoptAll(
  { gateway, header }: StartedRun,
  adoptions: readonly Adoption[],
  search: WholeSearch,
  { shared = false }: Options,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const page of adoptUsers(gateway, adoptions, search, shared)) {
    rows.push(...page);
    for (const { one, result } of page) {
      if (result !== "adopted" || one.decision.kind !== "adopt") continue;
      gateway.audit.record({
        name: "customer.adopted",
        by: "operator",
        operator: header.by,
        runId: header.id,
        userId: one.adoption.userId as UserId,
        customerId: one.ids.customerId,
      });
    }
  }
  return rows;
}

const WORDS: Readonly<Record<Result, string>> = {
  adopted: "adopted",
  "would be adopted": "would be adopted",
  "no-user": "no such user",
  "user-unusable": "not a customer's user, or the id is not its own",
  "user-inactive": "the user is not active",
  "user-without-name": "the user has no name",
  "user-without-phone": "no phone: give --phone",
  "user-has-a-phone": "the user has another phone",
  "has-customer": "has a delivery record: doorstep link",
  "phone-taken": "the phone is a customer's: doorstep link, or --shared",
  changed: "changed meanwhile: run the command again",
  index: "an index of the database refuses the write",
};

const linesFor = (rows: readonly Row[]): readonly string[] =>
  tableLines([
    ["USER", "NAME", "CUSTOMER", ""],
    ...rows.map(({ one, result }) => {
      const { adoption, decision, ids, name } = one;
      const other = decision.kind === "refused" ? (decision.other ?? "") : ids.customerId;
      return [adoption.userId, name, other, WORDS[result]];
    }),
  ]);

function show({ io }: RunPlace, rows: readonly Row[], { json = false }: Options): void {
  const report = rows.map(({ one: { adoption, ids }, result }) => ({
    user_id: adoption.userId,
    customer_id: ids.customerId,
    result,
  }));
  io.out(json ? `${JSON.stringify(report, null, 2)}\n` : screenOf(linesFor(rows)));
}
