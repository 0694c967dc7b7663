import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { describe, expect, it, onTestFinished } from "vitest";
import { unlessSent } from "../../../src/adapters/undici/responses.ts";
import { undiciUpstream } from "../../../src/adapters/undici/upstream.ts";
import { asItCame, openDoor } from "../../support/gateway/door.ts";
import { rawClient } from "../../support/proxy/raw-client.ts";
import { closed, rawAnswer, rawUpstream } from "../../support/proxy/raw-upstream.ts";
import { upstreamSuite } from "./upstream.suite.ts";
import { ask, withNode, withRaw } from "./upstream-instance.ts";

upstreamSuite("undici", undiciUpstream);

describe("clients that send their bodies a byte a second", () => {
  it("clients that send their bodies a byte a second leave connections to others, and wait for a place among themselves", async () => {
    const seen: string[] = [];
    const door = await withNode(
      (options) => undiciUpstream({ ...options, connections: 4 }),
      (incoming, outgoing) => {
        seen.push(`${incoming.method} ${incoming.url}`);
        if (incoming.method === "GET") outgoing.end("here");
      },
      {
        request: ({ method = "", url = "" }) => ({
          method,
          target: url,
          body: "stream",
          maxBodyBytes: 1000,
        }),
      },
    );
    const slow = await Promise.all(
      Array.from({ length: 12 }, async (_, n) => {
        const client = await rawClient(door);
        client.write(`POST /${n} HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{`);
        return client;
      }),
    );
    await expect.poll(() => seen.length).toBe(1);
    // One in four may hold a connection before its body is here; the others hold none.
    expect((await ask(door, "GET", "/quick")).body.toString()).toBe("here");
    expect(seen).toHaveLength(2);
    const waiting = slow.filter((_, n) => !seen.includes(`POST /${n}`));
    // A body that comes whole needs no place.
    waiting[0]?.write("x".repeat(99));
    await expect.poll(() => seen.length).toBe(3);
    for (const client of slow) client.destroy();
  });
});

/** A Hono app with middleware that sets headers, as the gateway has, in front of one upstream. */
async function openApp(origin: string) {
  const upstream = undiciUpstream({ origin, timeoutMs: 5000 });
  const app = new Hono();
  app.use(secureHeaders(), cors({ origin: "http://page.example" }), async (c, next) => {
    await next();
    c.header("X-Middleware", "1");
  });
  app.get("/*", async ({ env, req }) => {
    const { method, raw } = req;
    const request = { method, target: req.path, headers: [], body: null, maxBodyBytes: 0 };
    const result = await upstream.exchange(
      { request: raw, platform: env, source: "a" },
      request,
      asItCame,
    );
    return result.ok ? result.value.response : new Response(null, { status: 502 });
  });
  const server = createAdaptorServer({
    fetch: async (request, platform) => unlessSent(platform, await app.fetch(request, platform)),
  }) as Server;
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(async () => {
    server.close();
    server.closeAllConnections();
    await upstream.close();
  });
  return { port: (server.address() as AddressInfo).port };
}

describe("an answer written past Hono", () => {
  it("an answer written past Hono stays as it is, whatever headers a middleware sets while its body is under way", async () => {
    const upstream = await rawUpstream(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 8\r\n\r\nhalf");
    });
    const client = await rawClient(await openApp(upstream.origin));
    client.write(
      "GET /a HTTP/1.1\r\nHost: a\r\nOrigin: http://page.example\r\nConnection: close\r\n\r\n",
    );
    await client.until("half");
    upstream.requests()[0]?.socket.write("done");
    const text = await client.untilClosed();
    expect(text).toMatch(/^HTTP\/1.1 200 OK\r\nx-a: 1\r\n/);
    expect(text).toMatch(/\r\n\r\nhalfdone$/);
    expect(text).not.toMatch(/x-middleware|x-frame-options|access-control/i);
  });

  it("an answer written past Hono stays as it is for HEAD, which Hono answers with a copy, and the connection lives on", async () => {
    const upstream = await rawUpstream(({ socket }) => {
      socket.write("HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 8\r\n\r\n");
    });
    const client = await rawClient(await openApp(upstream.origin));
    client.write("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("\r\n\r\n");
    client.write("HEAD /b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const answers = (await client.untilClosed()).split("\r\n\r\n");
    expect(answers).toEqual([
      expect.stringMatching(/^HTTP\/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 8/),
      expect.stringMatching(/^HTTP\/1.1 200 OK\r\nx-a: 1\r\ncontent-length: 8/),
      "",
    ]);
    expect(upstream.requests().map(({ head }) => head.split("\r\n")[0])).toEqual([
      "HEAD /a HTTP/1.1",
      "HEAD /b HTTP/1.1",
    ]);
  });

  it("an answer written past Hono needs Node's response: without one the wiring is wrong", async () => {
    const upstream = undiciUpstream({ origin: "http://127.0.0.1:9", timeoutMs: 100 });
    const request = { method: "GET", target: "/", headers: [], body: null, maxBodyBytes: 0 };
    for (const platform of [undefined, null, {}, { incoming: {} }]) {
      const client = { request: new Request("http://a/"), platform, source: "a" };
      const asked = async () => upstream.exchange(client, request, asItCame);
      await expect(asked()).rejects.toThrow(TypeError);
    }
    await upstream.close();
  });
});

describe("the pool", () => {
  const small = (options: { origin: string; timeoutMs: number }) =>
    undiciUpstream({ ...options, connections: 2, stallMs: 500 });

  it("the pool opens no more connections than it may, and every request has its turn", async () => {
    const { door, upstream } = await withRaw(small, ({ socket }) => {
      setImmediate(() => socket.write(rawAnswer("ok")));
    });
    const answers = await Promise.all(Array.from({ length: 20 }, () => ask(door)));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
    expect(upstream.connections()).toBe(2);
  });

  it("the pool lets nobody wait for a connection longer than for an answer", async () => {
    const { door, upstream } = await withRaw(small, () => undefined, { timeoutMs: 400 });
    const answers = await Promise.all(Array.from({ length: 5 }, () => ask(door)));
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(504));
    expect(upstream.requests().length).toBeLessThanOrEqual(4);
  });

  it("the pool does not send what the client left while it waited", async () => {
    const { door, upstream } = await withRaw(small, () => undefined);
    const busy = await Promise.all([rawClient(door), rawClient(door)]);
    for (const client of busy) client.write("GET /busy HTTP/1.1\r\nHost: a\r\n\r\n");
    await upstream.request(2);
    const left = await rawClient(door);
    left.write("POST /left HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
    left.destroy();
    await door.outcome(1);
    for (const { socket } of [...upstream.requests()]) socket.write(rawAnswer("ok"));
    await door.outcome(3);
    const after = ask(door, "GET", "/after");
    (await upstream.request(3)).socket.write(rawAnswer("ok"));
    await after;
    expect(upstream.received()).not.toContain("/left");
    for (const client of busy) client.destroy();
  });

  it("the pool lets a client go that takes nothing of its answer: it would hold a connection for good", async () => {
    const { door, upstream } = await withRaw(
      small,
      ({ head, socket }) => {
        if (head.startsWith("GET /small")) return void socket.write(rawAnswer("ok"));
        const size = 64 * 2 ** 20;
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
        socket.write(Buffer.alloc(size, "x"));
      },
      { timeoutMs: 500 },
    );
    const clients = await Promise.all([1, 2].map(() => rawClient(door)));
    for (const client of clients) {
      client.pause();
      client.write("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
    }
    const held = await Promise.all([upstream.request(1), upstream.request(2)]);
    await Promise.all(held.map(({ socket }) => closed(socket)));
    expect((await ask(door, "GET", "/small")).status).toBe(200);
    for (const client of clients) client.destroy();
  });
});

describe("a client's own words to Node", () => {
  it("`Expect: 100-continue` is granted here and goes no further", async () => {
    const { door, upstream } = await withRaw(undiciUpstream, ({ socket }) =>
      socket.write(rawAnswer("ok")),
    );
    const client = await rawClient(door);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
    await client.until("100 Continue");
    client.write("body");
    await client.until("200 OK");
    expect(upstream.received()).not.toMatch(/expect/i);
    client.destroy();
  });

  it("an old client without chunks gets the body by its end", async () => {
    const door = await withNode(undiciUpstream, (_, outgoing) => {
      outgoing.write("one ");
      setImmediate(() => outgoing.end("two"));
    });
    const client = await rawClient(door);
    client.write("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
    const text = await client.untilClosed();
    expect(text).toMatch(/\r\n\r\none two$/);
    expect(text).not.toMatch(/transfer-encoding/i);
  });

  it("a request that was refused for its size leaves the connection closed or clean", async () => {
    const { upstream } = await withRaw(undiciUpstream, ({ socket }) =>
      socket.write(rawAnswer("ok")),
    );
    const door = await openDoor(undiciUpstream({ origin: upstream.origin, timeoutMs: 5000 }), {
      request: ({ method }) => ({ maxBodyBytes: method === "POST" ? 5 : 0 }),
    });
    const client = await rawClient(door);
    const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    client.write(
      `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}`,
    );
    await client.until("413");
    client.write("GET /next HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    await client.untilClosed();
    expect(upstream.received()).not.toContain("/smuggled");
  });
});
