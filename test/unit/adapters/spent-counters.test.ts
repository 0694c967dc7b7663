import { expect, it } from "vitest";
import { spentCounters } from "../../../src/adapters/durable/spent-counters.ts";

const refusal = (resetMs: number) => ({
  allowed: false,
  remaining: 0,
  resetMs,
  window: { limit: 5, windowMs: 600_000 },
});

it("a spent counter is remembered until its window ends, and for a minute at most", () => {
  let now = 1_000;
  const spent = spentCounters({ now: () => now });
  const remember = spent.asking();
  remember("short", refusal(10_000));
  remember("long", refusal(600_000));
  now += 9_999;
  expect(spent.find("short")).toMatchObject({ allowed: false, resetMs: 1 });
  now += 1;
  expect(spent.find("short")).toBeNull();
  now = 60_999;
  expect(spent.find("long")).toMatchObject({ resetMs: 540_001 });
  now += 1;
  expect(spent.find("long")).toBeNull();
});

it("a spent counter is forgotten with an event that is given back, also where its object was asked before", () => {
  const spent = spentCounters({ now: () => 0 });
  spent.asking()("id", refusal(1));
  const remember = spent.asking();
  spent.forget("id");
  expect(spent.find("id")).toBeNull();
  remember("id", refusal(1));
  expect(spent.find("id")).toBeNull();
});

it("a script that is refused under ever new names fills no more than a bounded memory", () => {
  const spent = spentCounters({ now: () => 0 });
  for (let n = 0; n <= 10_000; n++) spent.asking()(`id-${n}`, refusal(1));
  expect(spent.find("id-0")).toBeNull();
  expect(spent.find("id-1")).not.toBeNull();
});
