import { writeFileSync } from "node:fs";
import type { EnvironmentRecord } from "../../config/load-settings.ts";
import {
  auditDirectory,
  type DirectoryCounts,
} from "../../flows/operator/audit/audit-directory.ts";
import { surveyDirectory } from "../../flows/operator/reading/survey-directory.ts";
import { keepAudit, lastAudit } from "../audit-history.ts";
import { type AuditReport, auditReport } from "../audit-report.ts";
import { type CommandOutput, notEmpty, type RunCommand, runLine } from "../command-line.ts";
import type { DataPorts } from "../data-place.ts";
import { GATEWAY_OPTION } from "../operator-options.ts";
import { auditHtml } from "../output/audit-html.ts";
import { auditScreen } from "../output/audit-screen.ts";
import { type DecisionFile, openDecisionFile } from "../output/decision-file.ts";
import { progressOf } from "../output/progress.ts";
import { isUtf8 } from "../output/terminal.ts";
import { atDataPlace } from "../remote/at-data-place.ts";
import { keepHeapSmall } from "../small-heap.ts";

const DESCRIPTION =
  "Counts how many customers can sign in by phone today, and why others cannot, over both collections. Reads only. The last line is the next command.";

interface Options {
  readonly json?: boolean;
  readonly html?: string;
  readonly csv?: string;
  readonly passwords?: boolean;
  readonly gateway?: string;
}

/**
 * `doorstep audit`: the state of both collections.
 *
 * @returns the exit code: 0 clean, 1 something to do, 2 usage, 3 unreachable
 */
export const auditCommand: RunCommand = (args, io, env) =>
  runLine("doorstep audit", args, io, (line, exit) =>
    line
      .description(DESCRIPTION)
      .option("--json", "print the numbers as JSON")
      .option("--html <file>", "write one page with charts as well", notEmpty)
      .option(
        "--csv <file>",
        "write every record that needs a person, to be decided with doorstep decide",
        notEmpty,
      )
      .option("--passwords", "look for published default passwords; up to a second for each user")
      .option(...GATEWAY_OPTION)
      .action(async (options: Options) => exit(await audit(options, io, env))),
  );

async function audit(options: Options, io: CommandOutput, env: EnvironmentRecord): Promise<number> {
  keepHeapSmall();
  return atDataPlace(options.gateway, io, env, async ({ database, file: fileOf, ports }) => {
    const file = options.csv === undefined ? null : openDecisionFile(options.csv);
    if (file === "exists") {
      io.err(`${options.csv} exists, and may hold decisions. Name another file.\n`);
      return 2;
    }
    const at = ports.runtime.now();
    const startedAt = performance.now();
    const counts = await counted(ports, file, options, io);
    const tookMs = performance.now() - startedAt;
    const report = auditReport(counts, { at, database: database.shown, tookMs });
    const history = fileOf("audit.json");
    const before = lastAudit(history, database.shown);
    show(report, before, options, { io, env });
    await keepAudit(history, report);
    return report.next === null || report.next === "doorstep audit --passwords" ? 0 : 1;
  });
}

async function counted(
  gateway: DataPorts,
  file: DecisionFile | null,
  { passwords = false }: Options,
  io: CommandOutput,
): Promise<DirectoryCounts> {
  const progress = progressOf(io, "records read");
  try {
    const counts = await auditDirectory(gateway, await surveyDirectory(gateway), {
      isPublished: passwords ? await passwordCheck() : null,
      onRow: async (row) => file?.write(row, gateway),
      onProgress: progress.update,
    });
    file?.close();
    return counts;
  } catch (error) {
    file?.discard();
    throw error;
  } finally {
    progress.end();
  }
}

async function passwordCheck(): Promise<(hash: string) => Promise<boolean>> {
  return (await import("../../adapters/bcrypt/published-passwords.ts")).publishedPasswords();
}

interface Screen {
  readonly io: CommandOutput;
  readonly env: EnvironmentRecord;
}

const WIDTH = 100;

function show(
  report: AuditReport,
  before: AuditReport | null,
  { csv, html, json = false }: Options,
  { env, io }: Screen,
): void {
  if (html !== undefined) writeFileSync(html, auditHtml(report, before), { mode: 0o600 });
  const screen = { before, isUtf8: isUtf8(env), width: io.columns ?? WIDTH };
  io.out(json ? `${JSON.stringify(report, null, 2)}\n` : auditScreen(report, screen));
  if (csv !== undefined) {
    io.err(
      `${report.rows_for_a_person} rows in ${csv}: fill in decision, then doorstep decide ${csv}\n`,
    );
  }
}
