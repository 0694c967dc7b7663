import { expect, test } from "vitest";
import { progressBar, progressLine } from "../../../src/cli/output/progress.ts";

test("a progress bar says the share, the count, the rate and the time left", () => {
  expect(progressLine(1_200, 3_600, 3)).toBe(
    "[########................] 33 %  1,200 of 3,600  400 a second  6 s left",
  );
  expect(progressLine(0, 100, 0)).toBe("[........................] 0 %  0 of 100  0 a second");
  expect(progressLine(100, 100_000, 1)).toContain("17 min left");
  expect(progressLine(100, 2_000_000, 1)).toContain("5 h 34 min left");
  expect(progressLine(500, 0, 2), "of an unknown total").toBe("500  250 a second");
});

test("a progress bar is drawn at a terminal alone, on one line, a few times a second", () => {
  let now = 0;
  const drawn: string[] = [];
  const io = { out: () => undefined, err: (text: string) => void drawn.push(text) };
  const silent = progressBar(io, 10, () => now);
  silent.show(5);
  silent.end();
  expect(drawn).toEqual([]);
  const bar = progressBar({ ...io, ask: async () => "" }, 10, () => now);
  for (let done = 1; done <= 10; done++) {
    now += 50;
    bar.show(done);
  }
  bar.end();
  expect(drawn.length).toBeLessThanOrEqual(4);
  expect(drawn.every((text) => text.startsWith("\r"))).toBe(true);
});
