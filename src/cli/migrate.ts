import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { MigrationReport } from "../adapters/mongo/migrate.ts";
import { checkMongoUrl } from "../core/mongo-url.ts";
import { fail, type Result } from "../core/result.ts";
import { AdapterError } from "../ports/adapter-error.ts";
import type { CommandOutput } from "./keys.ts";
import { textTable } from "./text-table.ts";

const USAGE = "usage: doorstep migrate [--apply] [--replace] [--json]\n";
/** Building an index over a large collection takes its time. */
const OPERATION_MS = 30 * 60_000;

interface Arguments {
  readonly apply: boolean;
  readonly replace: boolean;
  readonly json: boolean;
}

/**
 * `doorstep migrate`: the indexes that make look-ups fast, in the database of MONGODB_URL. Prints
 * what it would do; `--apply` does it, `--replace` drops definitions that are in the way.
 *
 * @param args what follows `migrate` on the command line
 * @returns the exit code: 0 clean, 1 something left to do or to decide, 2 usage, 3 unreachable
 */
export async function migrateCommand(
  args: readonly string[],
  io: CommandOutput,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const options = readArguments(args);
  if (options === null) {
    io.err(USAGE);
    return 2;
  }
  const url = readUrl(env);
  if (!url.ok) {
    io.err(`MONGODB_URL ${url.failure}\n`);
    return 2;
  }
  try {
    const report = await run(url.value, options);
    const { hasFindings } = await import("../adapters/mongo/migrate.ts");
    io.out(options.json ? `${JSON.stringify(report, null, 2)}\n` : tableOf(report));
    const left = hasFindings(report);
    if (left && !options.apply) io.err("Nothing was written. --apply makes what is missing.\n");
    return left ? 1 : 0;
  } catch (error) {
    if (!(error instanceof AdapterError)) throw error;
    io.err(`${error.message}\n`);
    return 3;
  }
}

async function run(url: string, options: Arguments): Promise<MigrationReport> {
  const [{ connectMongo }, { mongoIndexes }, { migrate }] = await Promise.all([
    import("../adapters/mongo/connect.ts"),
    import("../adapters/mongo/migrate-store.ts"),
    import("../adapters/mongo/migrate.ts"),
  ]);
  const log = { write: () => undefined };
  const store = connectMongo({ url, log, operationMs: OPERATION_MS });
  try {
    return await migrate(mongoIndexes(store), options);
  } finally {
    await store.close();
  }
}

function readArguments(args: readonly string[]): Arguments | null {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        apply: { type: "boolean" },
        replace: { type: "boolean" },
        json: { type: "boolean" },
      },
    });
    const { apply = false, json = false, replace = false } = values;
    return { apply, json, replace };
  } catch {
    return null;
  }
}

function readUrl(env: Readonly<Record<string, string | undefined>>): Result<string, string> {
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
