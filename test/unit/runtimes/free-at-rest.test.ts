import { runInNewContext } from "node:vm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { freeAtRest } from "../../../src/runtimes/node/free-at-rest.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

it("memory of the start is given back once, in the first second of rest, and never while the process works", () => {
  const seconds = [0.9, 0.3, 0.001, 0, 0];
  const freedAfter: number[] = [];
  freeAtRest(
    () => seconds.shift() ?? 0,
    () => void freedAfter.push(5 - seconds.length),
  );
  vi.advanceTimersByTime(60_000);
  expect(freedAfter).toEqual([3]);
});

it("a collection at rest leaves no gc in reach of other code", () => {
  freeAtRest(() => 0);
  vi.advanceTimersByTime(1_000);
  expect("gc" in globalThis).toBe(false);
  expect(runInNewContext("typeof gc")).toBe("undefined");
});
