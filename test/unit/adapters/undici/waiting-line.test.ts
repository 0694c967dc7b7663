import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Waiting, WaitingLine } from "../../../../src/adapters/undici/waiting-line.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function waiting(line: WaitingLine) {
  const one = {
    place: -1,
    waitsUntil: 0,
    stopped: 0,
    stop() {
      one.stopped++;
      line.leave(one);
    },
  } satisfies Waiting & { stopped: number };
  return one;
}

it("an exchange that waits for a connection is stopped after the time that each may wait, and once", () => {
  const line = new WaitingLine(8_000);
  const [first, left, late] = [waiting(line), waiting(line), waiting(line)];
  line.join(first);
  line.join(left);
  vi.advanceTimersByTime(4_000);
  line.join(late);
  line.leave(left);
  line.leave(left);
  vi.advanceTimersByTime(3_900);
  expect([first.stopped, left.stopped, late.stopped]).toEqual([0, 0, 0]);
  vi.advanceTimersByTime(1_200);
  expect([first.stopped, left.stopped, late.stopped]).toEqual([1, 0, 0]);
  vi.advanceTimersByTime(10_000);
  expect([first.stopped, left.stopped, late.stopped]).toEqual([1, 0, 1]);
});

it("an empty line of exchanges that wait has no timer", () => {
  const line = new WaitingLine(8_000);
  const one = waiting(line);
  line.join(one);
  line.leave(one);
  vi.advanceTimersByTime(2_000);
  expect(vi.getTimerCount()).toBe(0);
});

it("exchanges that leave the line in any order leave the others in it", () => {
  const line = new WaitingLine(800);
  const all = Array.from({ length: 50 }, () => waiting(line));
  for (const one of all) line.join(one);
  const gone = new Set(all.filter((_, at) => at % 3 === 0 || at > 40));
  for (const one of [...gone].toReversed()) line.leave(one);
  vi.advanceTimersByTime(2_000);
  expect(all.map(({ stopped }) => stopped)).toEqual(all.map((one) => (gone.has(one) ? 0 : 1)));
});
