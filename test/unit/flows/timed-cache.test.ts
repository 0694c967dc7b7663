import { describe, expect, it } from "vitest";
import { createTimedCache } from "../../../src/flows/state/timed-cache.ts";

/** A memory of values that are good for 10 ms, its clock, and a getter that counts. */
function counted(max = 100, outlivesClients = true) {
  const clock = { time: 1000 };
  const memory = createTimedCache<number>(
    { now: () => clock.time, outlivesClients },
    max,
    (askedAt) => askedAt + 10,
  );
  let gets = 0;
  return { clock, memory, get: async () => ++gets, gets: () => gets };
}

describe("a remembered value", () => {
  it("a cached value is good to the last millisecond, and then got anew", async () => {
    const { clock, get, memory } = counted();
    expect(await memory.of("k", get)).toBe(1);
    clock.time += 9;
    expect(await memory.of("k", get)).toBe(1);
    clock.time += 1;
    expect(await memory.of("k", get)).toBe(2);
  });

  it("a cached value is as old as the question, not as the answer", async () => {
    const { clock, get, gets, memory } = counted();
    const slow = async () => {
      clock.time += 8;
      return get();
    };
    await memory.of("k", slow);
    clock.time += 2;
    await memory.of("k", get);
    expect(gets()).toBe(2);
  });

  it("a cached value is not used when it came too late to be good", async () => {
    const { clock, get, gets, memory } = counted();
    const late = async () => {
      clock.time += 10;
      return get();
    };
    expect(await memory.of("k", late)).toBe(1);
    await memory.of("k", get);
    expect(gets()).toBe(2);
  });

  it("a cached value is got once for all who ask meanwhile, each key for itself", async () => {
    const { get, gets, memory } = counted();
    const all = await Promise.all(["a", "a", "b", "a"].map((key) => memory.of(key, get)));
    expect(all).toEqual([1, 1, 2, 1]);
    expect(gets()).toBe(2);
  });

  it("a cached value is got anew where the clock was put back", async () => {
    const { clock, get, gets, memory } = counted();
    await memory.of("k", get);
    clock.time -= 1;
    await memory.of("k", get);
    expect(gets()).toBe(2);
  });

  it("a cached value is none where getting it failed: all who waited are told, the next one tries", async () => {
    const { get, memory } = counted();
    const failing = async (): Promise<number> => {
      throw new Error("down");
    };
    const all = await Promise.allSettled([memory.of("k", failing), memory.of("k", get)]);
    expect(all.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(await memory.of("k", get)).toBe(1);
  });

  it("a cached value is forgotten when told so, also while it is on its way", async () => {
    const { get, memory } = counted();
    const first = memory.of("k", get);
    memory.forget("k");
    expect(await Promise.all([first, memory.of("k", get)])).toEqual([1, 2]);
    expect(await memory.of("k", get)).toBe(2);
  });

  describe("where requests share no work", () => {
    const never = () => new Promise<number>(() => undefined);

    it("where requests share no work, a cached value is awaited only by the request that began to load it, and is then shared", async () => {
      const { get, gets, memory } = counted(100, false);
      void memory.of("k", never);
      expect(await memory.of("k", get)).toBe(1);
      expect(await memory.of("k", get)).toBe(1);
      void memory.of("other", never);
      expect(await memory.of("k", get)).toBe(1);
      expect(gets()).toBe(1);
    });

    it("where requests share no work, a cached value is the last one's to ask, and none where it was forgotten meanwhile", async () => {
      const { get, memory } = counted(100, false);
      const [early, late] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
      const [first, second] = [
        memory.of("k", () => early.promise),
        memory.of("k", () => late.promise),
      ];
      late.resolve(-2);
      expect(await second).toBe(-2);
      early.resolve(-1);
      expect(await first).toBe(-1);
      expect(await memory.of("k", get)).toBe(-2);
      memory.forget("k");
      const gone = Promise.withResolvers<number>();
      const third = memory.of("k", () => gone.promise);
      memory.forget("k");
      gone.resolve(-3);
      expect(await third).toBe(-3);
      expect(await memory.of("k", get)).toBe(1);
    });
  });

  it("a cached value gives way to newer ones beyond the bound, the longest unused first", async () => {
    const { get, memory } = counted(2);
    await memory.of("a", get);
    await memory.of("b", get);
    await memory.of("a", get);
    await memory.of("c", get);
    expect(await memory.of("a", get)).toBe(1);
    expect(await memory.of("b", get)).toBe(4);
  });
});
