import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import ipaddr from "ipaddr.js";
import { describe, expect, it, onTestFinished } from "vitest";
import { listen } from "../../../src/runtimes/node/node-server.ts";
import { type RawClient, rawClient } from "../../support/proxy/raw-client.ts";

const log = { write: () => undefined };
const LOOPBACK = [ipaddr.parse("127.0.0.1"), 32] as const;
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** A server whose answers wait until they are let go. */
async function open(options: Parameters<typeof listen>[2], answer?: () => Response) {
  const waiting: ((response: Response) => void)[] = [];
  let [begun, ended] = [0, 0];
  const server = await listen("127.0.0.1", 0, options);
  server.serve((request) => {
    begun++;
    request.signal.addEventListener("abort", () => ended++);
    if (answer !== undefined) return answer();
    return new Promise<Response>((resolve) => waiting.push(resolve));
  }, log);
  onTestFinished(async () => void (await server.stop(0)));
  const client = async (): Promise<RawClient> => {
    const opened = await rawClient(server);
    onTestFinished(() => opened.destroy());
    return opened;
  };
  const release = () => {
    for (const resolve of waiting.splice(0)) resolve(new Response("ok"));
  };
  return { server, client, release, begun: () => begun, ended: () => ended };
}

const isOpen = async (client: RawClient): Promise<boolean> =>
  (await Promise.race([client.untilClosed().then(() => "closed"), sleep(100)])) !== "closed";

describe("one connection", () => {
  it("one connection has eight requests under way at once; the others begin as those end", async () => {
    const { begun, client, release } = await open({});
    (await client()).write(GET.repeat(20));
    await expect.poll(begun).toBe(8);
    await sleep(50);
    expect(begun()).toBe(8);
    release();
    await expect.poll(begun).toBe(16);
    release();
    await expect.poll(begun).toBe(20);
  });

  it("one connection that had too many ends, though its last answer promised more when it began", async () => {
    const written = Promise.withResolvers<void>();
    const { begun, client, server } = await open({ bounds: { underWay: 1, held: 0 } }, () => {
      const body = new ReadableStream({
        async start(controller) {
          controller.enqueue(new TextEncoder().encode("first"));
          await written.promise;
          controller.enqueue(new TextEncoder().encode("last"));
          controller.close();
        },
      });
      return new Response(body);
    });
    expect(server.port).toBeGreaterThan(0);
    const many = await client();
    many.write(GET);
    await many.until("first");
    many.write(GET.repeat(2));
    await sleep(100);
    written.resolve();
    expect(await many.untilClosed()).toContain("last");
    expect(begun()).toBe(1);
  });

  it("one connection that goes away takes every request under way with it, not the first alone", async () => {
    const { begun, client, ended } = await open({});
    const gone = await client();
    gone.write(GET.repeat(20));
    await expect.poll(begun).toBe(8);
    gone.destroy();
    await expect.poll(ended).toBe(8);
    expect(begun()).toBe(8);
  });
});

it("an idle connection is kept for the time that is set, and the client is told how long", async () => {
  const { client } = await open({ keepAliveTimeoutMs: 2_000 }, () => new Response("ok"));
  const idle = await client();
  idle.write(GET);
  expect(await idle.until("ok")).toMatch(/keep-alive: timeout=2\r\n/i);
  const answeredAt = performance.now();
  await idle.untilClosed();
  expect(performance.now() - answeredAt).toBeGreaterThan(1_900);
  const standard = await open({}, () => new Response("ok"));
  const kept = await standard.client();
  kept.write(GET);
  expect(await kept.until("ok")).toMatch(/keep-alive: timeout=75\r\n/i);
});

describe("one peer", () => {
  it("one peer has so many requests under way over all its connections, and the rest wait", async () => {
    const { begun, client, release } = await open({ bounds: { underWayPerPeer: 10 } });
    for (let n = 0; n < 3; n++) (await client()).write(GET.repeat(5));
    await expect.poll(begun).toBe(10);
    await sleep(50);
    expect(begun()).toBe(10);
    release();
    await expect.poll(begun).toBe(15);
  });

  it("one peer that has most connections loses one to another, where all are taken", async () => {
    const { client, server } = await open({ bounds: { connections: 4 } }, () => new Response("ok"));
    const first = [await client(), await client(), await client(), await client()];
    const other = connect({ port: server.port, host: "127.0.0.1", localAddress: "127.0.0.2" });
    onTestFinished(() => void other.destroy());
    other.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    expect(await text(other)).toContain("200 OK");
    expect((await Promise.all(first.map(isOpen))).filter((one) => !one)).toHaveLength(1);
  });

  it("one peer has so many connections; a trusted proxy has any number", async () => {
    const bounds = { connectionsPerPeer: 3 };
    const { client } = await open({ bounds });
    const first = [await client(), await client(), await client()];
    expect(await isOpen(await client())).toBe(false);
    expect(await Promise.all(first.map(isOpen))).toEqual([true, true, true]);
    const behind = await open({ bounds, trustedProxies: [LOOPBACK] });
    const many = [await behind.client(), await behind.client(), await behind.client()];
    many.push(await behind.client(), await behind.client());
    expect(await Promise.all(many.map(isOpen))).toEqual([true, true, true, true, true]);
  });
});

describe("a client that takes nothing of its answer", () => {
  const BOUNDS = { stallMs: 300, sweepMs: 30, connectionsPerPeer: 5 };
  const LARGE = 8 * 2 ** 20;
  const large = () => new Response("x".repeat(LARGE));

  it("a client that takes nothing of its answer is let go where its peer's connections run out, the longest first", async () => {
    const { client } = await open({ bounds: BOUNDS }, large);
    const stalled: RawClient[] = [];
    for (let n = 0; n < 4; n++) {
      const slow = await client();
      slow.pause();
      slow.write(GET);
      stalled.push(slow);
      await sleep(60);
    }
    // Four of five are in use: the longest stalled goes, and then no more are in use than may be.
    await sleep(1_000);
    for (const slow of stalled) slow.resume();
    const outcomes = stalled.map((slow) =>
      Promise.race([
        slow.untilClosed().then(() => "let go"),
        expect
          .poll(() => slow.received().length)
          .toBeGreaterThan(LARGE)
          .then(() => "let be"),
      ]),
    );
    expect(await Promise.all(outcomes)).toEqual(["let go", "let be", "let be", "let be"]);
  });

  it("a client that takes nothing of its answer is let be while there is room", async () => {
    const { client } = await open({ bounds: { stallMs: 300, sweepMs: 30 } }, large);
    const slow = await client();
    slow.pause();
    slow.write(GET);
    await sleep(800);
    slow.resume();
    expect((await slow.until("x".repeat(LARGE))).length).toBeGreaterThan(LARGE);
  });
});
