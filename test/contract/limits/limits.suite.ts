import { describe, expect, it } from "vitest";
import type { LimitBudgets } from "../../../src/adapters/limiter/limits.ts";
import type { Counter, LimitName, Limits } from "../../../src/ports/limits.ts";

const SECOND = 1_000;

/** Small enough to be spent in a test. */
export const TEST_BUDGETS: LimitBudgets = {
  "code-per-address": [{ limit: 5, windowMs: 60 * SECOND }],
  "verify-per-address": [{ limit: 2, windowMs: 2 * SECOND }],
  "token-per-session": [{ limit: 3, windowMs: 60 * SECOND }],
  "policy/two-windows": [
    { limit: 3, windowMs: 60 * SECOND },
    { limit: 4, windowMs: 3600 * SECOND },
  ],
  "policy/once": [{ limit: 1, windowMs: 60 * SECOND }],
};

/** A counter that is of no network. */
export const alone = (name: LimitName, key: string): Counter => ({ name, key, network: null });

/** A counter of one source. */
export const inNetwork = (name: LimitName, key: string): Counter => ({
  name,
  key,
  network: "192.0.2.0/24",
});
/** The limits of a rule by address and by network. */
const OF_ONE_SOURCE = [
  inNetwork("code-per-address", "192.0.2.1"),
  inNetwork("policy/two-windows", "192.0.2.0/24"),
] as const;

export interface LimitsInstance {
  readonly limits: Limits;
  /** The same counters through a connection of its own, as another process has it. */
  readonly other: Limits;
  close(): Promise<void>;
}

/** The promises of `src/ports/limits.ts`, for any store. */
export function limitsSuite(name: string, make: () => Promise<LimitsInstance>): void {
  const instance = (test: (made: LimitsInstance) => Promise<void>) => async () => {
    const made = await make();
    try {
      await test(made);
    } finally {
      await made.close();
    }
  };

  describe(`limits: ${name}`, () => {
    it(
      "a limit allows exactly the limit's count of parallel takes, over two processes",
      instance(async ({ limits, other }) => {
        const takes = Array.from({ length: 40 }, (_, i) =>
          (i % 2 === 0 ? limits : other).take(alone("code-per-address", "192.0.2.1")),
        );
        const states = await Promise.all(takes);
        expect(states.filter(({ allowed }) => allowed)).toHaveLength(5);
      }),
    );

    it(
      "a limit tells what remains and when the window starts anew",
      instance(async ({ limits }) => {
        const first = await limits.take(alone("code-per-address", "192.0.2.1"));
        expect(first).toMatchObject({ allowed: true, remaining: 4, window: { limit: 5 } });
        expect(first.resetMs).toBeGreaterThan(58 * SECOND);
        expect(first.resetMs).toBeLessThanOrEqual(60 * SECOND);
      }),
    );

    it(
      "a limit keeps names and keys apart",
      instance(async ({ limits }) => {
        await limits.take(alone("policy/once", ""));
        expect(await limits.take(alone("policy/once", ""))).toMatchObject({ allowed: false });
        expect(await limits.take(alone("policy/once", "x"))).toMatchObject({ allowed: true });
        expect(await limits.take(alone("token-per-session", ""))).toMatchObject({ allowed: true });
      }),
    );

    it(
      "a limit refuses when any of several windows is spent, and names that window",
      instance(async ({ limits }) => {
        const take = () => limits.take(alone("policy/two-windows", ""));
        const states = [await take(), await take(), await take(), await take(), await take()];
        expect(states.map(({ allowed }) => allowed)).toEqual([true, true, true, false, false]);
        // What the short window refused did not happen, and does not spend the long one.
        expect(states.slice(3).map(({ window }) => window.windowMs)).toEqual([
          60 * SECOND,
          60 * SECOND,
        ]);
      }),
    );

    it(
      "a limit gives back one event of every window, over two processes",
      instance(async ({ limits, other }) => {
        const take = () => limits.take(alone("policy/two-windows", ""));
        await take();
        await take();
        await take();
        await other.giveBackAll([alone("policy/two-windows", "")]);
        expect(await take()).toMatchObject({ allowed: true });
        await other.giveBackAll([alone("policy/two-windows", "")]);
        expect(await take()).toMatchObject({ allowed: true });
        expect(await take()).toMatchObject({ allowed: false });
        expect(await limits.take(alone("policy/two-windows", "x"))).toMatchObject({ remaining: 2 });
      }),
    );

    it(
      "a limit gives nothing back of what was never taken",
      instance(async ({ limits }) => {
        for (let times = 0; times < 3; times++)
          await limits.giveBackAll([alone("token-per-session", "s")]);
        const takes = Array.from({ length: 9 }, () => limits.take(alone("token-per-session", "s")));
        const allowed = (await Promise.all(takes)).filter((state) => state.allowed);
        expect(allowed).toHaveLength(3);
      }),
    );

    it(
      "several counters each count one event that all of them allow",
      instance(async ({ limits, other }) => {
        const counters = [...OF_ONE_SOURCE, alone("token-per-session", "s")];
        const taken = await limits.takeAll(counters);
        expect(taken).toEqual({ taken: counters, refused: null });
        const left = async (counter: Counter) => (await other.take(counter)).remaining;
        expect(await Promise.all(counters.map(left))).toEqual([3, 1, 1]);
      }),
    );

    it(
      "no counter that follows a refusal changes, and the refusal says which counter is spent",
      instance(async ({ limits }) => {
        const [address, network] = OF_ONE_SOURCE;
        const [once, after] = [inNetwork("policy/once", "x"), alone("token-per-session", "s")];
        await limits.take(once);
        for (let tries = 0; tries < 3; tries++) {
          const { refused, taken } = await limits.takeAll([address, once, network, after]);
          expect(refused).toMatchObject({ state: { allowed: false, window: { limit: 1 } } });
          expect(refused?.counter).toBe(once);
          expect(refused?.state.resetMs).toBeGreaterThan(50 * SECOND);
          // A store that remembers the refusal counts nothing.
          expect([[address], []]).toContainEqual(taken);
        }
        expect(await limits.take(network), "beside the spent one").toMatchObject({ remaining: 2 });
        expect(await limits.take(after), "of no network").toMatchObject({ remaining: 2 });
      }),
    );

    it(
      "a counter keeps its count, alone and with others, and in any order",
      instance(async ({ limits, other }) => {
        const [address, network] = OF_ONE_SOURCE;
        await limits.takeAll([address, network]);
        await other.takeAll([network, address]);
        expect(await limits.take(address)).toMatchObject({ remaining: 2 });
        await other.takeAll([network]);
        const { refused, taken } = await limits.takeAll([address, network]);
        expect(refused?.counter).toBe(network);
        expect([[address], []]).toContainEqual(taken);
        // Another source of the same network, and the same key in another network's object.
        const neighbour = inNetwork("code-per-address", "192.0.2.9");
        expect(await limits.take(neighbour)).toMatchObject({ remaining: 4 });
      }),
    );

    it(
      "of parallel takes of several counters each allows exactly its count, over two processes",
      instance(async ({ limits, other }) => {
        const takes = Array.from({ length: 20 }, (_, i) =>
          (i % 2 === 0 ? limits : other).takeAll([
            alone("token-per-session", `s${i}`),
            inNetwork("code-per-address", "192.0.2.1"),
          ]),
        );
        const all = await Promise.all(takes);
        expect(all.filter(({ refused }) => refused === null)).toHaveLength(5);
      }),
    );

    it(
      "events of several counters are given back together, each once",
      instance(async ({ limits, other }) => {
        const counters = [
          inNetwork("policy/two-windows", "n"),
          inNetwork("policy/once", "a"),
          alone("token-per-session", "s"),
        ];
        const isTaken = async () => (await limits.takeAll(counters)).refused === null;
        expect(await isTaken()).toBe(true);
        await limits.giveBackAll(counters);
        expect(await isTaken()).toBe(true);
        await other.giveBackAll([]);
        expect(await isTaken(), "nothing was given back").toBe(false);
      }),
    );

    it(
      "a limit starts a window anew when it is over",
      instance(async ({ limits }) => {
        const take = () => limits.take(alone("verify-per-address", "192.0.2.1"));
        await take();
        await take();
        const refused = await take();
        expect(refused.allowed).toBe(false);
        await new Promise((resolve) => setTimeout(resolve, refused.resetMs + 50));
        expect((await take()).allowed).toBe(true);
      }),
    );
  });
}
