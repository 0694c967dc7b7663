import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countedCeilings } from "../../../src/adapters/ceilings/counted-ceilings.ts";
import { memoryTally } from "../../../src/adapters/ceilings/memory-tally.ts";
import type { ClientSource } from "../../../src/core/address/client-source.ts";
import { poolFor, type WindowCounts } from "../../../src/core/ceilings.ts";

const LIMIT = 100;
const MINUTE = 60_000;
const NONE: WindowCounts = {
  common: 0,
  networks: 0,
  ofAddress: 0,
  ofNetwork: 0,
  reserve: 0,
  reserveOfNetwork: 0,
};
const judge = (counts: Partial<WindowCounts>, isProven = false) =>
  poolFor({ ...NONE, ...counts }, LIMIT, () => isProven);

describe("one event against a ceiling of 100", () => {
  it.each<[Partial<WindowCounts>, string, string]>([
    [{ common: 49, ofAddress: 49, ofNetwork: 49, networks: 1 }, "common", "no share below half"],
    [{ common: 50, ofAddress: 4, ofNetwork: 4, networks: 9 }, "common", "an address below 5"],
    [{ common: 50, ofAddress: 5, ofNetwork: 5, networks: 9 }, "address", "an address that had 5"],
    [{ common: 50, ofAddress: 1, ofNetwork: 9, networks: 10 }, "common", "a network below 10"],
    [{ common: 50, ofAddress: 1, ofNetwork: 10, networks: 9 }, "network", "a network that had 10"],
    [{ common: 60, ofAddress: 1, ofNetwork: 2, networks: 50 }, "common", "100 / 50 networks is 2"],
    [{ common: 60, ofAddress: 1, ofNetwork: 3, networks: 50 }, "network", "more than its part"],
    [{ common: 99, networks: 99 }, "common", "the last place"],
    [{ common: 100, networks: 99 }, "service", "at the ceiling strangers wait"],
    [{ common: 100, ofAddress: 50, ofNetwork: 50, networks: 9 }, "address", "its filler is named"],
  ])("one event against a ceiling of 100: %j is judged %s: %s", (counts, expected) => {
    expect(judge(counts)).toBe(expected);
  });

  it.each<[Partial<WindowCounts>, string]>([
    [{ common: 0 }, "common"],
    [{ common: 100 }, "reserve"],
    [{ common: 100, reserve: 49, reserveOfNetwork: 24 }, "reserve"],
    [{ common: 100, reserve: 49, reserveOfNetwork: 25 }, "service"],
    [{ common: 100, reserve: 50 }, "service"],
    [{ common: 60, ofAddress: 30, ofNetwork: 30, networks: 2, reserve: 3 }, "reserve"],
  ])("an event of a proven network %j is judged %s", (counts, expected) => {
    expect(judge(counts, true)).toBe(expected);
  });
});

interface Step {
  readonly source: ClientSource;
  /** Whether the code was right; wrong ones are what a window may compare 1.5 times the limit of. */
  readonly isRight: boolean;
  readonly proves: boolean;
}

/** An attacker has few or many addresses; people have one each. */
const step: fc.Arbitrary<Step> = fc.record({
  source: fc
    .oneof(
      fc.record({ net: fc.constant(0), host: fc.nat(3) }),
      fc.record({ net: fc.nat(400), host: fc.nat(2) }),
    )
    .map(({ host, net }) => ({ address: `${net}.${host}`, network: `${net}` })),
  isRight: fc.boolean(),
  proves: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
});

describe("a window of a ceiling, whoever comes", () => {
  it("a window of a ceiling compares 1.5 times its limit of wrong codes at most, and refuses no source without a cause", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 90 }),
        fc.array(step, { minLength: 100, maxLength: 400 }),
        async (limit, steps) => {
          const window = { limit, windowMs: MINUTE };
          const ceilings = countedCeilings(
            {
              budgets: { requests: [window], tries: [window] },
              hash: async (text) => text,
              now: () => 5 * MINUTE,
            },
            memoryTally(),
          );
          const wrong = { all: 0, common: 0 };
          const of = new Map<string, number>();
          const had = (key: string) => of.get(key) ?? 0;
          for (const { isRight, proves, source } of steps) {
            const { address, network } = source;
            if (proves) await ceilings.noteProven(network);
            const verdict = await ceilings.take("tries", source);
            const networks = [...of.keys()].filter((key) => key.startsWith("n")).length;
            if (verdict.allowed) {
              if (isRight) {
                await ceilings.giveBack(verdict.share);
                continue;
              }
              wrong.all += 1;
              if (verdict.share.counted[0]?.pool !== "common") continue;
              wrong.common += 1;
              of.set(`a${address}`, had(`a${address}`) + 1);
              of.set(`n${network}`, had(`n${network}`) + 1);
              continue;
            }
            // Only from half of the limit on, and for what this source had itself.
            expect(wrong.common * 2).toBeGreaterThanOrEqual(limit);
            const hadShare = {
              address: had(`a${address}`) * 20 >= limit,
              network: had(`n${network}`) * 10 >= limit || had(`n${network}`) * networks > limit,
              service: wrong.common >= limit,
            };
            expect(hadShare[verdict.by], verdict.by).toBe(true);
          }
          expect(wrong.common).toBeLessThanOrEqual(limit);
          expect(wrong.all).toBeLessThanOrEqual(1.5 * limit);
        },
      ),
      { numRuns: 60 },
    );
  });
});
