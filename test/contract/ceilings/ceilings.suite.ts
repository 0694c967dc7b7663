import { describe, expect, it } from "vitest";
import { countedCeilings } from "../../../src/adapters/ceilings/counted-ceilings.ts";
import { memoryTally } from "../../../src/adapters/ceilings/memory-tally.ts";
import type { ClientSource } from "../../../src/core/address/client-source.ts";
import type { CeilingBudgets } from "../../../src/core/ceilings.ts";
import type { CeilingShare, Ceilings, CeilingVerdict } from "../../../src/ports/ceilings.ts";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;

export const TEST_CEILINGS: CeilingBudgets = {
  requests: [{ limit: 20, windowMs: MINUTE }],
  tries: [
    { limit: 40, windowMs: MINUTE },
    { limit: 60, windowMs: DAY },
  ],
};

export interface CeilingsPlace {
  /** Each call is another process on the same counters. @param now epoch ms */
  open(now: () => number): Promise<Ceilings>;
  /** All that the store holds, names and values, as one text. */
  stored(): Promise<string>;
  close(): Promise<void>;
  /** Why a refusal may name the network where the model names one of its addresses. */
  readonly remembers?: string;
}

/** A source of its own network; the same number is the same source. */
export const sourceAt = (n: number, host = 1): ClientSource => ({
  address: `203.${n >> 8}.${n & 255}.${host}`,
  network: `203.${n >> 8}.${n & 255}.0/24`,
});

export const hash = async (text: string): Promise<string> =>
  `h${[...text].reduce((sum, sign) => (sum * 31 + sign.charCodeAt(0)) % 1_000_003, 7)}`;

const shown = (verdict: CeilingVerdict): string =>
  verdict.allowed
    ? verdict.share.counted.map(({ pool }) => pool).join(",")
    : `${verdict.by} ${verdict.window.windowMs}`;

const shareIn = (verdict: CeilingVerdict): CeilingShare => {
  if (!verdict.allowed) throw new Error(`refused: ${verdict.by}`);
  return verdict.share;
};

/** Always the middle of an hour to come, so that no window ends while a test runs. */
const middle = (): number => Math.ceil(Date.now() / DAY) * DAY + 12 * 60 * MINUTE + MINUTE / 2;

/** The promises of `src/ports/ceilings.ts`, for any store. */
export function ceilingsSuite(name: string, make: () => Promise<CeilingsPlace>): void {
  const on = (test: (place: CeilingsPlace) => Promise<void>) => async () => {
    const place = await make();
    try {
      await test(place);
    } finally {
      await place.close();
    }
  };
  const many = async (ceilings: Ceilings, count: number, from: (n: number) => ClientSource) => {
    for (let n = 0; n < count; n++) shareIn(await ceilings.take("requests", from(n)));
  };

  describe(`ceilings: ${name}`, () => {
    it(
      "ceilings give one address half of the ceiling, and others the rest",
      on(async ({ open }) => {
        const now = middle();
        const ceilings = await open(() => now);
        const one = sourceAt(1);
        await many(ceilings, 10, () => one);
        expect(shown(await ceilings.take("requests", one))).toBe(`address ${MINUTE}`);
        await many(ceilings, 10, (n) => sourceAt(100 + n));
        const stranger = await ceilings.take("requests", sourceAt(200));
        expect(stranger).toMatchObject({ allowed: false, by: "service", resetMs: MINUTE / 2 });
        expect(shown(await ceilings.take("requests", one)), "who filled it").toMatch("address");
      }),
    );

    it(
      "ceilings judge neighbours by their network",
      on(async ({ open }) => {
        const now = middle();
        const ceilings = await open(() => now);
        await many(ceilings, 10, (n) => sourceAt(1, n));
        expect(shown(await ceilings.take("requests", sourceAt(1, 99)))).toBe(`network ${MINUTE}`);
        expect(shown(await ceilings.take("requests", sourceAt(2)))).toBe("common");
      }),
    );

    it(
      "ceilings allow exactly the limit of takes at once, over two processes",
      on(async ({ open }) => {
        const now = middle();
        const both = [await open(() => now), await open(() => now)] as const;
        const verdicts = await Promise.all(
          Array.from({ length: 60 }, (_, n) =>
            both[n % 2 === 0 ? 0 : 1].take("requests", sourceAt(n)),
          ),
        );
        expect(verdicts.filter(({ allowed }) => allowed)).toHaveLength(20);
        expect(new Set(verdicts.flatMap((v) => (v.allowed ? [] : [v.by])))).toEqual(
          new Set(["service"]),
        );
      }),
    );

    it(
      "ceilings let a proven network draw on the reserve, a quarter each, half in all",
      on(async ({ open }) => {
        const now = middle();
        const ceilings = await open(() => now);
        for (const n of [300, 301, 302]) await ceilings.noteProven(sourceAt(n).network);
        await many(ceilings, 20, sourceAt);
        const seen: string[] = [];
        for (const n of [300, 301, 302]) {
          for (let host = 0; host < 6; host++) {
            seen.push(shown(await ceilings.take("requests", sourceAt(n, host))));
          }
        }
        const five = Array(5).fill("reserve");
        const none = `service ${MINUTE}`;
        expect(seen).toEqual([...five, none, ...five, none, ...Array(6).fill(none)]);
        expect(shown(await ceilings.take("requests", sourceAt(303)))).toBe(none);
      }),
    );

    it(
      "ceilings keep a network proven for 30 days, from the last proof on",
      on(async ({ open }) => {
        let now = middle();
        const ceilings = await open(() => now);
        await ceilings.noteProven(sourceAt(300).network);
        now += 20 * DAY;
        await ceilings.noteProven(sourceAt(300).network);
        now += 20 * DAY;
        await many(ceilings, 20, sourceAt);
        expect(shown(await ceilings.take("requests", sourceAt(300)))).toBe("reserve");
      }),
    );

    it(
      "ceilings take back what is given back, in its pool, and forget sources that gave all",
      on(async ({ open }) => {
        const now = middle();
        const [ceilings, other] = [await open(() => now), await open(() => now)];
        await ceilings.noteProven(sourceAt(300).network);
        for (let n = 0; n < 19; n++) {
          await other.giveBack(shareIn(await ceilings.take("requests", sourceAt(1))));
        }
        await many(ceilings, 20, (n) => sourceAt(10 + n));
        const kept = shareIn(await ceilings.take("requests", sourceAt(300)));
        expect(shown(await ceilings.take("requests", sourceAt(1)))).toBe(`service ${MINUTE}`);
        await ceilings.giveBack(kept);
        for (let n = 0; n < 5; n++) {
          expect(shown(await other.take("requests", sourceAt(300)))).toBe("reserve");
        }
        expect(shown(await other.take("requests", sourceAt(300)))).toBe(`service ${MINUTE}`);
      }),
    );

    it(
      "ceilings open a common place again when one is given back",
      on(async ({ open }) => {
        const now = middle();
        const ceilings = await open(() => now);
        await many(ceilings, 19, sourceAt);
        const last = shareIn(await ceilings.take("requests", sourceAt(100)));
        expect(shown(await ceilings.take("requests", sourceAt(101)))).toBe(`service ${MINUTE}`);
        await ceilings.giveBack(last);
        expect(shown(await ceilings.take("requests", sourceAt(102)))).toBe("common");
      }),
    );

    it(
      "ceilings count a refused event nowhere, and every window apart",
      on(async ({ open }) => {
        let now = middle();
        const ceilings = await open(() => now);
        const tries = async (count: number, from: number) => {
          const seen: string[] = [];
          for (let n = 0; n < count; n++)
            seen.push(shown(await ceilings.take("tries", sourceAt(from + n))));
          return seen;
        };
        const first = await tries(50, 0);
        expect(first.filter((one) => one === "common,common")).toHaveLength(40);
        now += MINUTE;
        // The ten refused of the first minute spent nothing of the day.
        expect((await tries(21, 100)).at(-1)).toBe(`service ${DAY}`);
        expect((await tries(1, 500))[0]).toBe(`service ${DAY}`);
        expect(shown(await ceilings.take("requests", sourceAt(1))), "another name").toBe("common");
      }),
    );

    it(
      "ceilings begin anew with the next window, and a share of the old one changes nothing",
      on(async ({ open }) => {
        let now = middle();
        const ceilings = await open(() => now);
        const old = shareIn(await ceilings.take("requests", sourceAt(0)));
        await many(ceilings, 19, (n) => sourceAt(1 + n));
        now += MINUTE / 2 - 1;
        expect(shown(await ceilings.take("requests", sourceAt(100)))).toBe(`service ${MINUTE}`);
        now += 1;
        await many(ceilings, 20, (n) => sourceAt(200 + n));
        await ceilings.giveBack(old);
        expect(shown(await ceilings.take("requests", sourceAt(300)))).toBe(`service ${MINUTE}`);
      }),
    );

    it(
      "ceilings hold no address and no network in clear",
      on(async ({ open, stored }) => {
        const now = middle();
        const ceilings = await open(() => now);
        shareIn(await ceilings.take("tries", sourceAt(7)));
        await ceilings.noteProven(sourceAt(7).network);
        const text = await stored();
        expect(text).toContain(await hash(sourceAt(7).network));
        expect(text).not.toContain("203.0.7");
      }),
    );

    it(
      "ceilings judge random sources as the core does",
      on(async ({ open, remembers }) => {
        let now = middle();
        const ceilings = await open(() => now);
        const judged = (verdict: CeilingVerdict) =>
          verdict.allowed || remembers === undefined ? shown(verdict) : "refused";
        const options = { budgets: TEST_CEILINGS, hash, now: () => now };
        const model = countedCeilings(options, memoryTally());
        const random = seeded(20_261_128);
        const held: [CeilingShare, CeilingShare][] = [];
        for (let step = 0; step < 250; step++) {
          const source = sourceAt(random(9), random(4));
          const dice = random(20);
          const given =
            dice === 0 ? held.splice(random(Math.max(1, held.length)), 1)[0] : undefined;
          if (dice === 1) {
            await Promise.all([ceilings, model].map((one) => one.noteProven(source.network)));
          } else if (dice === 2) now += random(MINUTE / 2);
          else if (given !== undefined) {
            await ceilings.giveBack(given[0]);
            await model.giveBack(given[1]);
          } else {
            const name = random(2) === 0 ? "requests" : "tries";
            const [seen, expected] = [
              await ceilings.take(name, source),
              await model.take(name, source),
            ];
            expect(judged(seen), `step ${step}`).toBe(judged(expected));
            if (seen.allowed && expected.allowed) held.push([seen.share, expected.share]);
          }
        }
      }),
    );
  });
}

/** Whole numbers below `bound`, the same in every run (a linear congruence). */
function seeded(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}
