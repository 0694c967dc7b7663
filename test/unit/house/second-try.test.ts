import { describe, expect, it } from "vitest";
import { failedLines, merged, secondTry } from "../../../scripts/run-tests.ts";
import type { FailingFile, RunReport } from "../../support/house/summary-reporter.ts";

const file = (project: string, path: string): FailingFile => ({
  project,
  path,
  titles: ["a title"],
  passed: 4,
  failed: 1,
  skipped: 0,
  reasons: {},
});

const report = (...failing: FailingFile[]): RunReport => ({
  passed: 100,
  failed: failing.length,
  skipped: 2,
  reasons: { "no server": 2 },
  failing,
});

describe("a file that failed", () => {
  it("a file that failed is tried again, whole, where it starts processes", () => {
    const run = report(file("node", "test/e2e/a.test.ts"), file("edge", "test/edge/b.test.ts"));
    expect(secondTry(run)).toEqual(run.failing);
  });

  it.each(["model", "contract", "in-process", "workerd"])(
    "a failed file is not tried again in the project %s, nor is anything that failed beside it",
    (project) => {
      expect(secondTry(report(file(project, "a"), file("node", "b")))).toEqual([]);
    },
  );

  it("a file that failed is not tried again where an error of no test failed the run, or where many files failed", () => {
    const one = report(file("node", "a"));
    expect(secondTry({ ...one, failed: 2 })).toEqual([]);
    expect(
      secondTry(report(...["a", "b", "c", "d", "e"].map((name) => file("node", name)))),
    ).toEqual([]);
  });

  it("a file that failed counts as the second try says", () => {
    const run = report(file("node", "a"));
    const second = { passed: 5, failed: 0, skipped: 0, reasons: {} };
    expect(merged(run, second)).toEqual({
      passed: 101,
      failed: 0,
      skipped: 2,
      reasons: { "no server": 2 },
    });
    expect(merged(run, { ...second, passed: 4, failed: 1 })).toMatchObject({
      passed: 100,
      failed: 1,
    });
  });
});

describe("the last lines of a run", () => {
  it("the last lines of a run name each failure, and a file that failed outside of its tests", () => {
    const broken = { ...file("node", "b"), titles: [] };
    expect(failedLines([file("node", "a"), broken])).toEqual([
      "failed: a: a title",
      "failed: b: outside of its tests",
    ]);
  });

  it("the last lines of a run fit a screen, however much failed", () => {
    const files = Array.from({ length: 500 }, (_, n) => file("node", `${n}`));
    const lines = failedLines(files);
    expect(lines.length).toBe(21);
    expect(lines.at(-1)).toBe("failed: 480 more, see above");
  });
});
