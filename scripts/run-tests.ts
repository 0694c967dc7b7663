import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  closingLines,
  type FailingFile,
  type RunReport,
  type Summary,
} from "../test/support/house/summary-reporter.ts";

const ROOT = join(import.meta.dirname, "..");
const VITEST = join(ROOT, "node_modules/vitest/vitest.mjs");
/**
 * Projects with failures that a busy machine can cause: real processes, sockets and outages. Not
 * model and contract.
 */
const TRIED_TWICE: readonly string[] = ["node", "edge"];
/** More failed files cannot come from a slow moment. */
const MOST_FILES = 4;

/** @returns the run's report, or null where the run died before it */
async function run(args: readonly string[]): Promise<RunReport | null> {
  const folder = mkdtempSync(join(tmpdir(), "doorstep-tests-"));
  const path = join(folder, "report.json");
  const env = { ...process.env, TEST_REPORT: path };
  const options = { cwd: process.cwd(), env, stdio: "inherit" } as const;
  const child = spawn(process.execPath, [VITEST, "run", ...args], options);
  await once(child, "exit");
  const report = existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as RunReport) : null;
  rmSync(folder, { recursive: true });
  return report;
}

/** The files to try again; none where a test failed that must never fail. */
export function secondTry({ failed, failing }: RunReport): readonly FailingFile[] {
  const inFiles = failing.reduce((sum, file) => sum + file.failed, 0);
  const mayPass = failing.every(({ project }) => TRIED_TWICE.includes(project));
  return mayPass && inFiles === failed && failing.length <= MOST_FILES ? failing : [];
}

/** Both runs as one: for a repeated file the second result counts. */
export function merged(first: RunReport, second: Summary): Summary {
  const sum = (of: "passed" | "failed" | "skipped") =>
    first[of] - first.failing.reduce((all, file) => all + file[of], 0) + second[of];
  return {
    passed: sum("passed"),
    failed: sum("failed"),
    skipped: sum("skipped"),
    reasons: { ...second.reasons, ...first.reasons },
  };
}

/**
 * `npm test`: every test. A failed file of real processes is tried once more in a run of its own,
 * from a clean state: no process, no store, no used code of the first run is left. The last lines
 * report that; the very last one counts.
 *
 * @returns the exit code
 */
async function main(args: readonly string[]): Promise<number> {
  const first = await run(args);
  if (first === null) return 1;
  const again = secondTry(first);
  if (again.length === 0) return close(first, first.failing, []);
  const projects = TRIED_TWICE.flatMap((name) => ["--project", name]);
  const second = await run([...projects, ...again.map(({ path }) => path)]);
  if (second === null) return close(first, first.failing, []);
  return close(merged(first, second), second.failing, again);
}

/** Failures that are named again at the end of the run. */
const MOST_NAMED = 20;

/** The last lines of a run name what failed: a reader of a log begins there. */
export function failedLines(failing: readonly FailingFile[]): readonly string[] {
  const lines = failing.flatMap(({ path, titles }) =>
    titles.length === 0
      ? [`failed: ${path}: outside of its tests`]
      : titles.map((title) => `failed: ${path}: ${title}`),
  );
  const more = lines.length - MOST_NAMED;
  return more > 0 ? [...lines.slice(0, MOST_NAMED), `failed: ${more} more, see above`] : lines;
}

function close(
  summary: Summary,
  failing: readonly FailingFile[],
  again: readonly FailingFile[],
): number {
  for (const line of failedLines(failing)) console.log(line);
  for (const { path, titles } of again) {
    for (const title of titles) console.log(`second try: ${path}: ${title}`);
  }
  for (const line of closingLines(summary)) console.log(line);
  return summary.failed > 0 ? 1 : 0;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
