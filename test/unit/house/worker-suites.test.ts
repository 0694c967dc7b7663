import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { REASONS, WORKER_SUITES } from "../../support/house/worker-suites.ts";

const ROOT = join(import.meta.dirname, "../../..");
const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const filesBelow = (folder: string): readonly string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
const entries = Object.entries(WORKER_SUITES);

/** The text that shows that a reason still holds, by file. */
const PROOFS: Readonly<Record<keyof typeof REASONS, () => void>> = {
  ports() {
    for (const [file, suite] of [
      ["test/edge/stores/state.workerd.test.ts", "stateSuite("],
      ["test/edge/stores/limits.workerd.test.ts", "limitsSuite("],
      ["test/edge/stores/ceilings.workerd.test.ts", "ceilingsSuite("],
      ["test/edge/stores/directory.test.ts", "directorySuite("],
      ["test/edge/stores/directory.test.ts", "ownershipSuite("],
      ["test/contract/upstream/fetch-upstream.test.ts", "upstreamSuite("],
    ] as const) {
      expect(textOf(file), `${file} runs the suite of its port`).toContain(suite);
    }
  },
  nodeStore() {
    expect(textOf("test/edge/login/linking.test.ts")).toContain("runLinkingCase(");
  },
  tools() {
    for (const file of filesBelow("src/runtimes/worker")) {
      expect(textOf(`src/runtimes/worker/${file}`), file).not.toContain("/cli/");
    }
  },
  socket() {
    for (const file of filesBelow("src/runtimes/worker")) {
      expect(textOf(`src/runtimes/worker/${file}`), file).not.toContain("short-way");
    }
  },
  worker() {
    for (const [suite, entry] of entries) {
      if ("whole" in entry || entry.because !== "worker") continue;
      expect(textOf(`test/integration/${suite}.test.ts`), suite).toContain("limitsObjects");
    }
  },
};

describe("the suites of test/integration and the built Worker", () => {
  it("every suite of test/integration says where the built Worker is asked for the same, or why not (test/support/house/worker-suites.ts)", () => {
    const suites = filesBelow("test/integration")
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => file.replace(/\.test\.ts$/, ""));
    expect(Object.keys(WORKER_SUITES).sort()).toEqual([...suites].sort());
  });

  it("every file that is named for a suite asks the built Worker", () => {
    for (const [suite, entry] of entries) {
      const file = "whole" in entry ? entry.whole : entry.stories;
      if (file === undefined) continue;
      expect(existsSync(join(ROOT, file)), `${suite}: ${file}`).toBe(true);
      expect(textOf(file), `${suite}: ${file}`).toMatch(/describeEdge|startWorker|proxiedPlace/);
    }
  });

  it("a suite that runs as a whole is the one that runs in this process", () => {
    for (const [suite, entry] of entries) {
      if (!("whole" in entry)) continue;
      const shared = (text: string) => new Set(text.match(/\b(?:\w+Suite|runLinkingCase)(?=\()/g));
      const here = shared(textOf(`test/integration/${suite}.test.ts`));
      expect(here.size, suite).toBeGreaterThan(0);
      expect(
        [...here].some((name) => shared(textOf(entry.whole)).has(name)),
        suite,
      ).toBe(true);
    }
  });

  it.each(Object.keys(REASONS) as (keyof typeof REASONS)[])(
    "the reason `%s` still holds",
    (reason) => {
      PROOFS[reason]();
      const uses = entries.filter(([, entry]) => !("whole" in entry) && entry.because === reason);
      expect(uses.length).toBeGreaterThan(0);
    },
  );
});
