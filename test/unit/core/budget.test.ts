import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Budget, nextAllowedAt, withinBudget } from "../../../src/core/budget.ts";

const NOW = 1_000_000;
const MINUTE = 60_000;
const SENDS: Budget = [
  { limit: 3, windowMs: 10 * MINUTE },
  { limit: 5, windowMs: 60 * MINUTE },
  { limit: 10, windowMs: 24 * 60 * MINUTE },
];

/** Naive: whether one more event at `at` leaves every window of that length within its limit. */
function fits(events: readonly number[], budget: Budget, at: number): boolean {
  return budget.every(({ limit, windowMs }) => {
    const inWindow = events.filter((event) => event > at - windowMs);
    return inWindow.length + 1 <= limit;
  });
}

const window = fc.record({
  limit: fc.integer({ min: 1, max: 6 }),
  windowMs: fc.integer({ min: 1, max: 60 }),
});
const budget = fc.array(window, { maxLength: 3 });
const events = fc.array(fc.integer({ min: NOW - 80, max: NOW }), { maxLength: 15 });

describe("a sliding-window budget", () => {
  it("a sliding-window budget allows the next event at the first millisecond at which it fits, as a naive model does", () => {
    fc.assert(
      fc.property(events, budget, (past, windows) => {
        let expected = NOW;
        while (!fits(past, windows, expected)) expected++;
        expect(nextAllowedAt(past, windows, NOW)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });
  it("a sliding-window budget never lets more events into any window than its limit, however greedy the caller", () => {
    fc.assert(
      fc.property(
        budget,
        fc.array(fc.integer({ min: 0, max: 25 }), { maxLength: 80 }),
        (windows, steps) => {
          let now = NOW;
          let past: number[] = [];
          const allowed: number[] = [];
          for (const step of steps) {
            now += step;
            past = withinBudget(past, windows, now);
            if (nextAllowedAt(past, windows, now) > now) continue;
            past.push(now);
            allowed.push(now);
          }
          for (const { limit, windowMs } of windows)
            for (const from of allowed)
              expect(
                allowed.filter((at) => at >= from && at < from + windowMs).length,
              ).toBeLessThanOrEqual(limit);
        },
      ),
    );
  });
  it("a sliding-window budget does not change its answer when what cannot count any more is dropped", () => {
    fc.assert(
      fc.property(events, budget, (past, windows) => {
        const kept = withinBudget(past, windows, NOW);
        expect(nextAllowedAt(kept, windows, NOW)).toBe(nextAllowedAt(past, windows, NOW));
      }),
    );
  });
  it("a sliding-window budget answers alike in whatever order the events are listed, and changes none", () => {
    fc.assert(
      fc.property(events, budget, (past, windows) => {
        const listed = Object.freeze([...past]);
        const reversed = [...past].reverse();
        expect(nextAllowedAt(listed, windows, NOW)).toBe(nextAllowedAt(reversed, windows, NOW));
      }),
    );
  });
  it("a sliding-window budget counts an event of a clock that is ahead", () => {
    const ahead = [NOW + 5, NOW + 5, NOW + 5];
    expect(withinBudget(ahead, SENDS, NOW)).toEqual(ahead);
    expect(nextAllowedAt(ahead, SENDS, NOW)).toBe(NOW + 5 + 10 * MINUTE);
  });
  it("a sliding-window budget allows all where it has no windows, and keeps nothing", () => {
    expect(nextAllowedAt([NOW, NOW], [], NOW)).toBe(NOW);
    expect(withinBudget([NOW - 1, NOW], [], NOW)).toEqual([]);
  });
});

describe("the default budget of sends", () => {
  it("the default budget of sends allows three at once, the fourth after ten minutes to the millisecond", () => {
    const three = [NOW, NOW, NOW];
    expect(nextAllowedAt(three.slice(1), SENDS, NOW)).toBe(NOW);
    const allowedAt = NOW + 10 * MINUTE;
    for (const [at, answer] of [
      [NOW, allowedAt],
      [allowedAt - 1, allowedAt],
      [allowedAt, allowedAt],
      [allowedAt + 1, allowedAt + 1],
    ] as const)
      expect(nextAllowedAt(three, SENDS, at)).toBe(answer);
  });
  it("the default budget of sends gives a greedy caller 5 in the first hour and 10 in the first day", () => {
    const sends: number[] = [];
    for (let now = NOW; now < NOW + 24 * 60 * MINUTE; now += MINUTE / 2)
      if (nextAllowedAt(sends, SENDS, now) <= now) sends.push(now);
    expect(sends.filter((at) => at < NOW + 60 * MINUTE).length).toBe(5);
    expect(sends.length).toBe(10);
  });
});
