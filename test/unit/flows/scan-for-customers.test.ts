import { describe, expect, it } from "vitest";
import type { DocumentKey, Phone } from "../../../src/core/ids.ts";
import type { StoredDocument } from "../../../src/core/linking/documents.ts";
import {
  type ScanPorts,
  scanForCustomersOf,
} from "../../../src/flows/linking/scan-for-customers.ts";

const phone = (n: number) => `+91987650000${n}` as Phone;

/** Customers 1 to 9, each in a spelling that no index lists, and a clock that only tests turn. */
function begin() {
  let now = 0;
  let passes = 0;
  let unfound = 0;
  const resting: (() => void)[] = [];
  const looking: (() => void)[] = [];
  const documents = [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n): StoredDocument => {
    const fields = { id: `c-${n}`, phone: `(98765) 0000${n}` };
    return { key: `key-${n}` as DocumentKey, objectId: null, fields, idShared: false };
  });
  const ports: ScanPorts = {
    directory: {
      async scanCustomers(matches: (value: unknown) => boolean) {
        passes++;
        await new Promise<void>((resolve) => looking.push(resolve));
        for (let n = 0; n < unfound; n++) matches("somebody else's");
        return documents.filter(({ fields }) => matches(fields["phone"])).map(({ key }) => key);
      },
      findCustomers: async ({ keys = [] }: { keys?: readonly DocumentKey[] }) =>
        documents.filter(({ key }) => keys.includes(key)),
    },
    log: { write: () => undefined },
    process: { scan: { next: null, last: null, normalUntil: 0 } },
    rules: { phone: { allowedCountries: ["IN"], defaultRegion: "IN" } },
    runtime: {
      now: () => now,
      sleep: () => new Promise<void>((resolve) => resting.push(resolve)),
    },
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    ask: async (n: number) =>
      (await scanForCustomersOf(ports, phone(n)))?.map(({ id }) => String(id)) ?? null,
    passes: () => passes,
    /** Ends what rests, so that its pass begins to look. */
    async rested() {
      for (const end of resting.splice(0)) end();
      await turn();
    },
    async looked() {
      for (const end of looking.splice(0)) end();
      await turn();
    },
    /** Customers without a wanted phone, whom a pass reads before it meets its bound. */
    crowd: (count: number) => {
      unfound = count;
    },
    advance: (ms: number) => {
      now += ms;
    },
  };
}

describe("the search for rare spellings", () => {
  it("the search for rare spellings serves everybody who asked before it began to look with one pass", async () => {
    const world = begin();
    const asked = [world.ask(1), world.ask(2), world.ask(2), world.ask(3)];
    await world.rested();
    await world.looked();
    expect(await Promise.all(asked)).toEqual([["c-1"], ["c-2"], ["c-2"], ["c-3"]]);
    expect(world.passes()).toBe(1);
  });

  it("the search for rare spellings takes whoever comes while it looks along in the next pass, after it", async () => {
    const world = begin();
    const first = world.ask(1);
    await world.rested();
    const second = world.ask(2);
    await world.rested();
    expect(world.passes()).toBe(1);
    await world.looked();
    expect(await first).toEqual(["c-1"]);
    await world.rested();
    await world.looked();
    expect(await second).toEqual(["c-2"]);
    expect(world.passes()).toBe(2);
  });

  it("the search for rare spellings does not wait for a pass whose request is gone", async () => {
    const world = begin();
    const lost = world.ask(1);
    await world.rested();
    world.advance(9_999);
    void world.ask(2);
    await world.rested();
    expect(world.passes(), "it may still come").toBe(1);
    world.advance(10_000);
    const later = world.ask(3);
    await world.rested();
    expect(world.passes()).toBe(2);
    await world.looked();
    expect(await later).toEqual(["c-3"]);
    expect(await lost).toEqual(["c-1"]);
  });

  it("has not ended where a pass met its bound in time: only whom it found is known", async () => {
    const world = begin();
    const asked = [world.ask(1), world.ask(0)];
    await world.rested();
    world.advance(1_600);
    await world.looked();
    expect(await Promise.all(asked)).toEqual([["c-1"], null]);
  });

  it("has not ended where a pass met its bound in number", async () => {
    const world = begin();
    world.crowd(200_000);
    const asked = [world.ask(1), world.ask(0)];
    await world.rested();
    await world.looked();
    expect(await Promise.all(asked)).toEqual([["c-1"], null]);
  });

  it("has ended where a pass stayed below both, and found none", async () => {
    const world = begin();
    world.crowd(100_000);
    const asked = world.ask(0);
    await world.rested();
    world.advance(1_400);
    await world.looked();
    expect(await asked).toEqual([]);
  });
});
