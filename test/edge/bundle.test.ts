import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, inject, it } from "vitest";

/** What a Worker may weigh, and what it weighs today and a little more. */
const LIMIT_KB = 420;
const BUDGET_KB = 412;

/** Packages that need Node, or are too large for a Worker that can do without them. */
const BANNED = ["ioredis", "twilio", "undici", "pino", "@hono/node-server", "whatwg-url"];
/** Files of ours that are Node's or development's alone. */
const BANNED_FILES = [
  /\/runtimes\/node/,
  /\/cli\//,
  /\/sqlite\/node\.ts/,
  /console\/sender/,
  /sample/,
];

const folder = inject("workerFolder");
const text = readFileSync(join(folder, "worker.js"), "utf8");
const { sources } = JSON.parse(readFileSync(join(folder, "worker.js.map"), "utf8")) as {
  readonly sources: readonly string[];
};
const packages = new Set(
  sources.flatMap(
    (path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(path)?.[1] ?? [],
  ),
);

describe("the bundle of the Worker", () => {
  it(`is below ${LIMIT_KB} KB gzipped`, () => {
    const kb = gzipSync(text, { level: 9 }).length / 1024;
    console.log(`the Worker: ${kb.toFixed(1)} KB gzipped, of ${[...packages].sort().join(", ")}`);
    expect(kb).toBeLessThan(BUDGET_KB);
    expect(BUDGET_KB).toBeLessThan(LIMIT_KB);
  });

  it("holds nothing that is Node's alone, or too large", () => {
    expect([...packages].filter((name) => BANNED.includes(name))).toEqual([]);
    // Not by `toMatch`: its failure would print the bundle.
    const named = ["node:sqlite", "DatabaseSync", "node:fs"].filter((name) => text.includes(name));
    expect(named).toEqual([]);
    expect([...packages]).toEqual(expect.arrayContaining(["mongodb", "hono", "jose"]));
  });

  it("holds nothing of development's", () => {
    const ours = sources.filter((path) => !path.includes("node_modules"));
    expect(ours.length).toBeGreaterThan(80);
    expect(ours.filter((path) => BANNED_FILES.some((banned) => banned.test(path)))).toEqual([]);
    expect(text.includes("Asha Rao"), "the sample's people").toBe(false);
  });
});
