import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

/** What a run came to. Whatever fails a run counts as failed, not the tests alone. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** How many tests each reason skipped. */
  readonly reasons: Readonly<Record<string, number>>;
}

type Module = Pick<TestModule, "children" | "errors">;

/**
 * @param strict with REQUIRE_SERVICES=1: a skipped test is a failed one
 */
export function summarize(modules: readonly Module[], unhandled: number, strict: boolean): Summary {
  const tests = modules.flatMap(({ children }) => [...children.allTests()]);
  const count = (state: string) => tests.filter((test) => test.result().state === state).length;
  const suites = modules.flatMap(({ children }) => [...children.allSuites()]);
  const broken = [...modules, ...suites].reduce((sum, part) => sum + part.errors().length, 0);
  const left = tests.filter((test) => !["passed", "failed"].includes(test.result().state));
  const reasons: Record<string, number> = {};
  for (const test of left) reasons[reasonOf(test)] = (reasons[reasonOf(test)] ?? 0) + 1;
  return {
    passed: count("passed"),
    failed: count("failed") + broken + unhandled + (strict ? left.length : 0),
    skipped: strict ? 0 : left.length,
    reasons,
  };
}

/** The last line of a run. */
export function summaryLine({ failed, passed, skipped }: Summary): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}

/** What a run leaves for `scripts/run-tests.ts`, at the path in TEST_REPORT. */
export interface RunReport extends Summary {
  /** Files in which something failed. */
  readonly failing: readonly FailingFile[];
}

export interface FailingFile extends Summary {
  readonly project: string;
  readonly path: string;
  readonly titles: readonly string[];
}

function failingFile(module: TestModule, strict: boolean): FailingFile {
  const failed = [...module.children.allTests("failed")];
  return {
    ...summarize([module], 0, strict),
    project: module.project.name,
    path: module.relativeModuleId,
    titles: failed.map(({ fullName }) => fullName),
  };
}

/** The last lines of a run: what was skipped and why, and how many passed. */
export const closingLines = (summary: Summary): readonly string[] => [
  ...Object.entries(summary.reasons).map(([reason, count]) => `skipped ${count}: ${reason}`),
  summaryLine(summary),
];

/** Says at the end what was skipped and why, and in the very last line how many passed. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const strict = process.env["REQUIRE_SERVICES"] === "1";
    const summary = summarize(modules, unhandled.length, strict);
    if (summary.failed > 0) process.exitCode = 1;
    const path = process.env["TEST_REPORT"];
    if (path !== undefined) {
      const failing = modules.map((module) => failingFile(module, strict));
      const report = { ...summary, failing: failing.filter(({ failed }) => failed > 0) };
      writeFileSync(path, JSON.stringify(report satisfies RunReport));
      return;
    }
    // At the exit, when every other reporter has said what it has to say.
    process.once("exit", () => {
      for (const line of closingLines(summary)) console.log(line);
    });
  }
}

function reasonOf(test: TestCase): string {
  for (let part: TestCase | TestSuite | TestModule = test; ; part = part.parent) {
    const { skippedBecause } = part.meta();
    if (skippedBecause !== undefined) return skippedBecause;
    const result = part.type === "test" ? part.result() : null;
    if (result?.state === "skipped" && result.note !== undefined) return result.note;
    if (part.type !== "test" && part.errors().length > 0) return "their suite could not begin";
    if (part.type === "module") return `${part.relativeModuleId}: no reason given`;
  }
}
