import { expect, it } from "vitest";
import type { Gateway } from "../../../src/flows/gateway.ts";
import { watchWrite } from "../../../src/proxy/watch-write.ts";

/** Deferred work that a test runs to its end, and what was waited for meanwhile. */
function world(outlivesClients: boolean, review = async () => undefined as undefined) {
  const tasks: (() => Promise<void>)[] = [];
  const waits: number[] = [];
  let looks = 0;
  const runtime = {
    outlivesClients,
    sleep: async (ms: number) => void waits.push(ms),
    defer: (_: string, task: () => Promise<void>) => void tasks.push(task),
  };
  const lines: string[] = [];
  const log = { write: (_: string, event: string) => void lines.push(event) };
  const answered = watchWrite({ runtime, log } as Partial<Gateway> as Gateway, async () => {
    looks++;
    await review();
  });
  const settle = async () => {
    for (let task = tasks.shift(); task !== undefined; task = tasks.shift()) await task();
  };
  return { answered, lines, looks: () => looks, settle, waits };
}

it("looks once after a good answer, and not after the backend's refusal", async () => {
  for (const outlives of [true, false]) {
    const good = world(outlives);
    good.answered(200);
    await good.settle();
    expect(good.looks()).toBeGreaterThanOrEqual(1);
    const refused = world(outlives);
    refused.answered(404);
    await refused.settle();
    expect(refused.looks()).toBe(0);
  }
});

it("looks again and again where no answer came: the write may be under way", async () => {
  const { answered, looks, settle, waits } = world(true);
  answered(499);
  await settle();
  expect(looks()).toBe(4);
  expect(waits).toEqual([5_000, 8_000, 12_000]);
});

it("looks although the request was ended with its client, within what Workers allow", async () => {
  const { looks, settle, waits } = world(false);
  await settle();
  expect(looks()).toBe(3);
  expect(waits.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(30_000);
});

it("says that a look failed, and looks again", async () => {
  const { answered, lines, looks, settle } = world(true, async () => {
    throw new Error("down");
  });
  answered(200);
  await settle();
  expect(looks()).toBe(4);
  expect(lines).toEqual(Array(4).fill("review-failed"));
});
