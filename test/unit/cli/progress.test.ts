import { expect, it } from "vitest";
import { progressOf } from "../../../src/cli/output/progress.ts";

it("a progress line tells the rate since its first call and the time left, and not more often than five times a second", () => {
  const lines: string[] = [];
  let now = 60_000;
  const bar = progressOf({ progress: (line) => void lines.push(line) }, "customers", () => now);
  bar.update(0, 1_000_000);
  now += 100;
  bar.update(1_000, 1_000_000);
  now += 9_900;
  bar.update(100_000, 1_000_000);
  bar.end();
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain("100000 of 1000000 customers (10 %), 10000/s, 90 s left");
});

it("a progress line of a first pass, with an unknown total, tells the count and the rate", () => {
  const lines: string[] = [];
  let now = 0;
  const bar = progressOf({ progress: (line) => void lines.push(line) }, "documents", () => now);
  bar.update(0, null);
  now += 2_000;
  bar.update(10_000, null);
  expect(lines).toEqual([expect.stringMatching(/10000 documents, 5000\/s$/)]);
});
