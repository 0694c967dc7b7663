import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { undiciUpstream } from "../../../src/adapters/undici/upstream.ts";
import { rawAnswer } from "../../support/proxy/raw-upstream.ts";
import { ask, type UpstreamOptions, withRaw } from "./upstream-instance.ts";

/** An upstream that ends a connection so long after its last answer, and says so nowhere. */
const IDLE_MS = 60;
/** Requests meet the end of the connection: a little before it, at it, a little after. */
const PAUSES = Array.from({ length: 24 }, (_, n) => IDLE_MS - 12 + n);

/** @param keepAliveMs longer than the upstream's own time, as where a setting is wrong */
async function impatient(keepAliveMs: number, method: "GET" | "POST") {
  const taken: string[] = [];
  const { door, upstream } = await withRaw(
    (options: UpstreamOptions) => undiciUpstream({ ...options, connections: 1, keepAliveMs }),
    ({ head, socket }) => {
      taken.push(head.split(" ")[1] ?? "");
      socket.write(rawAnswer("ok"));
      setTimeout(() => socket.destroy(), IDLE_MS).unref();
    },
    { request: () => ({ method, body: null }) },
  );
  const statuses: number[] = [];
  for (const [n, pause] of PAUSES.entries()) {
    statuses.push((await ask(door, method, `/${n}`)).status);
    await sleep(pause);
  }
  return { statuses, taken, connections: upstream.connections() };
}

describe("an upstream that ends idle connections before we do", () => {
  it("an upstream that ends idle connections before we do loses no request that can be repeated safely", async () => {
    const { statuses } = await impatient(4_000, "GET");
    expect(statuses).toEqual(PAUSES.map(() => 200));
  });

  it("an upstream that ends idle connections before we do may cost one that cannot be repeated, which is told so and never sent twice", async () => {
    const { statuses, taken } = await impatient(4_000, "POST");
    expect(statuses.filter((status) => status !== 200 && status !== 502)).toEqual([]);
    expect(new Set(taken).size).toBe(taken.length);
  });
});

it("a connection that idled for the time that is set is not used again", async () => {
  const { door, upstream } = await withRaw(
    (options: UpstreamOptions) =>
      undiciUpstream({ ...options, connections: 1, keepAliveMs: 1_000 }),
    ({ socket }) => void socket.write(rawAnswer("ok", ["keep-alive: timeout=600"])),
  );
  await ask(door);
  await ask(door);
  expect(upstream.connections()).toBe(1);
  await sleep(1_500);
  await ask(door);
  expect(upstream.connections()).toBe(2);
});

it("a request that died is sent again on a connection that cannot have idled", async () => {
  const { door, upstream } = await withRaw(undiciUpstream, ({ nth, nthHere, socket }) => {
    // Every connection that was used before is dead, as after a restart of the upstream.
    if (nthHere > 1) socket.destroy();
    else setTimeout(() => socket.write(rawAnswer(`${nth}`)), 20);
  });
  const three = () => Promise.all([ask(door), ask(door), ask(door)]);
  await three();
  expect((await three()).map(({ status }) => status)).toEqual([200, 200, 200]);
  const last = upstream.requests().slice(-3);
  expect(last.map(({ head }) => /connection: close/i.test(head))).toEqual([true, true, true]);
});
