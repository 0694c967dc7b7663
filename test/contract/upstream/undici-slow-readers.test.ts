import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { undiciUpstream } from "../../../src/adapters/undici/upstream.ts";
import { type RawClient, rawClient } from "../../support/proxy/raw-client.ts";
import { ask, type UpstreamOptions, withNode } from "./upstream-instance.ts";

const KIB = 1024;
/** More than the system keeps on its way from one process to another. */
const LARGE = Buffer.alloc(64 * KIB * KIB, "x");
const PAGE = Buffer.alloc(200 * KIB, "x");

const get = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

/** An upstream of few connections behind a door; a path begins with the name of its source. */
async function place(connections: number, stallMs: number) {
  let [inUse, begun] = [0, 0];
  const ended: string[] = [];
  const door = await withNode(
    (options: UpstreamOptions) => undiciUpstream({ ...options, connections, stallMs }),
    (incoming, outgoing) => {
      const { url = "" } = incoming;
      inUse++;
      begun++;
      outgoing.once("close", () => {
        inUse--;
        ended.push(`${url} ${outgoing.writableFinished ? "whole" : "cut"}`);
      });
      if (url.endsWith("/events")) outgoing.write("an event");
      else outgoing.end(url.endsWith("/large") ? LARGE : url.endsWith("/page") ? PAGE : "small");
    },
    { source: ({ url = "" }) => url.split("/")[1] ?? "" },
  );
  const reads = async (bytes: string, takes = false): Promise<RawClient> => {
    const client = await rawClient(door);
    onTestFinished(() => client.destroy());
    if (!takes) client.pause();
    client.write(bytes);
    return client;
  };
  return { door, reads, ended, inUse: () => inUse, begun: () => begun };
}

describe("a client that takes nothing of its answers", () => {
  it("a client that takes nothing of its answers leaves the connection free of each answer that fits what is kept", async () => {
    const { begun, ended, inUse, reads } = await place(16, 60_000);
    // The first takes one of the two that a source may hold; the others follow each other on one.
    await reads(get("/a/large") + get("/a/page").repeat(5));
    await expect.poll(begun).toBe(6);
    await expect.poll(inUse).toBe(1);
    expect(ended).toEqual(Array(5).fill("/a/page whole"));
  });

  it("a client that takes nothing of its answers holds an eighth of the connections at most, and its other requests wait for those", async () => {
    const { begun, door, inUse, reads } = await place(16, 60_000);
    const clients = await Promise.all(Array.from({ length: 6 }, () => reads(get("/a/large"))));
    await expect.poll(inUse).toBe(2);
    await sleep(100);
    expect(begun()).toBe(2);
    expect((await ask(door, "GET", "/b/small")).status).toBe(200);
    const waits = reads(get("/a/small"), true);
    for (const client of clients) client.destroy();
    expect(await (await waits).until("small")).toContain("200 OK");
  });

  it("a client that takes nothing of its answers is told to come later where a thousand of its requests wait already", async () => {
    const { door, inUse, reads } = await place(8, 60_000);
    await reads(get("/a/large"));
    await expect.poll(inUse).toBe(1);
    await reads(get("/a/small").repeat(1_024));
    await expect.poll(async () => (await ask(door, "GET", "/a/small")).status).toBe(429);
    expect(door.outcomes.at(-1)).toEqual({
      failure: { reason: "rate-limited", retryAfterSeconds: 5, cause: "connections" },
    });
  });

  it("a client that takes nothing of its answers is let be for as long as there is room", async () => {
    const { ended, inUse, reads } = await place(40, 200);
    await reads(get("/a/large"));
    await expect.poll(inUse).toBe(1);
    await sleep(800);
    expect([inUse(), ended]).toEqual([1, []]);
  });

  it("a client that takes nothing of its answers is let go where four fifths are in use, the longest stalled first, and no idle stream", async () => {
    // Thirteen of sixteen.
    const { ended, inUse, reads } = await place(16, 200);
    await reads(get("/a/large"));
    await expect.poll(inUse).toBe(1);
    await sleep(100);
    await reads(get("/b/large"));
    for (let n = 0; n < 10; n++) await reads(get(`/events${n}/events`), true);
    await expect.poll(inUse).toBe(12);
    await sleep(600);
    expect(ended).toEqual([]);
    await reads(get("/c/events"), true);
    await expect.poll(() => ended).toEqual(["/a/large cut"]);
    await sleep(600);
    expect([ended, inUse()]).toEqual([["/a/large cut"], 12]);
  });

  it("a client that takes nothing of its answers is let go where its own source's share is used up", async () => {
    const { ended, inUse, reads } = await place(16, 200);
    await reads(get("/a/large"));
    await reads(get("/b/large"));
    await expect.poll(inUse).toBe(2);
    await reads(get("/a/events"), true);
    await expect.poll(() => ended).toEqual(["/a/large cut"]);
  });
});
