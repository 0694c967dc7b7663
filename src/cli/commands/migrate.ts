import { readFileSync } from "node:fs";
import type { MigrationReport } from "../../adapters/mongo/migrate.ts";
import type { EnvironmentRecord } from "../../config/load-settings.ts";
import { namedDatabase } from "../../core/address/database-name.ts";
import { checkMongoUrl } from "../../core/address/mongo-url.ts";
import { fail, type Result } from "../../core/result.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { type ApplyOptions, applyOptions, cannotAsk, isConfirmed } from "../apply.ts";
import { type CommandOutput, type RunCommand, runLine } from "../command-line.ts";
import { textTable } from "../output/text-table.ts";

/** An index over a large collection takes a long time to build. */
const OPERATION_MS = 30 * 60_000;

interface Options extends ApplyOptions {
  readonly replace?: boolean;
  readonly json?: boolean;
}

const DESCRIPTION =
  "Makes the indexes that look-ups need, in the database of MONGODB_URL. Prints the plan; --apply makes them. It has no --gateway: a gateway makes no indexes for a caller, so run it where that database is reachable.";

/**
 * `doorstep migrate`: the indexes of MongoDB.
 *
 * @returns the exit code: 0 clean, 1 something left to do or to decide, 2 usage, 3 unreachable
 */
export const migrateCommand: RunCommand = (args, io, env) =>
  runLine("doorstep migrate", args, io, (line, exit) =>
    applyOptions(line, "make the indexes")
      .description(DESCRIPTION)
      .option("--replace", "drop definitions that conflict with ours")
      .option("--json", "print the report as JSON")
      .action(async (options: Options) => exit(await migrateIndexes(options, io, env))),
  );

async function migrateIndexes(
  options: Options,
  io: CommandOutput,
  env: EnvironmentRecord,
): Promise<number> {
  const { apply = false, json = false, replace = false } = options;
  if (cannotAsk(options, io)) return 2;
  const url = readUrl(env);
  if (!url.ok) {
    io.err(`MONGODB_URL ${url.failure}\n`);
    return 2;
  }
  try {
    if (apply && !(await mayMake(url.value, replace, options, io))) return 1;
    const report = await run(url.value, { apply, replace });
    const { hasFindings } = await import("../../adapters/mongo/migrate.ts");
    io.out(json ? `${JSON.stringify(report, null, 2)}\n` : tableOf(report));
    const left = hasFindings(report);
    if (left && !apply) io.err("Nothing was written. --apply makes the missing indexes.\n");
    return left ? 1 : 0;
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    io.err(`${error.message}\n`);
    return 3;
  }
}

/** Shows the plan to the person at a terminal, who confirms it. */
async function mayMake(
  mongoUrl: string,
  replace: boolean,
  options: Options,
  io: CommandOutput,
): Promise<boolean> {
  if (options.yes === true) return true;
  io.err(tableOf(await run(mongoUrl, { apply: false, replace })));
  const effect = replace
    ? "make these indexes, and drop those in their place,"
    : "make these indexes";
  return isConfirmed(effect, namedDatabase({ mongoUrl, sqlitePath: "" }), options, io);
}

async function run(
  url: string,
  options: { readonly apply: boolean; readonly replace: boolean },
): Promise<MigrationReport> {
  const [{ connectMongo }, { mongoIndexes }, { migrate }] = await Promise.all([
    import("../../adapters/mongo/connect.ts"),
    import("../../adapters/mongo/migrate-store.ts"),
    import("../../adapters/mongo/migrate.ts"),
  ]);
  const log = { write: () => undefined };
  const store = connectMongo({ url, log, operationMs: OPERATION_MS });
  try {
    return await migrate(mongoIndexes(store), options);
  } finally {
    await store.close();
  }
}

function readUrl(env: EnvironmentRecord): Result<string, string> {
  const { MONGODB_URL: url, MONGODB_URL_FILE: path } = env;
  if (url !== undefined && url !== "") return checkMongoUrl(url);
  if (path === undefined || path === "")
    return fail("is not set: the embedded store has its indexes");
  try {
    return checkMongoUrl(readFileSync(path, "utf8").trim());
  } catch {
    return fail("is in a file that cannot be read");
  }
}

function tableOf({ indexes }: MigrationReport): string {
  const rows = indexes.map((index) => {
    const kind = index.unique ? "unique" : "plain";
    const dropped = index.dropped.length > 0 ? `in place of ${index.dropped.join(", ")}` : "";
    const note = index.because ?? dropped;
    return [`${index.collection}.${index.field}`, kind, index.name, index.state, note];
  });
  return textTable([["FIELD", "KIND", "INDEX", "STATE", ""], ...rows]);
}
