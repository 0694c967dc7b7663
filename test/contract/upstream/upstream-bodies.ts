import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { expect } from "vitest";
import { rawClient } from "../../support/proxy/raw-client.ts";
import { closed, rawAnswer } from "../../support/proxy/raw-upstream.ts";
import type { Promised } from "../state/promise.ts";
import { declareBackPressure } from "./upstream-back-pressure.ts";
import { ask, BRIEF_MS, type MakeUpstream, withNode, withRaw } from "./upstream-instance.ts";

export function declareBodies(promised: Promised, make: MakeUpstream): void {
  declareRequestBodies(promised, make);
  declareAnswerBodies(promised, make);
  declareBackPressure(promised, make);
}

function declareRequestBodies(promised: Promised, make: MakeUpstream): void {
  promised("sends a body while it comes", async () => {
    const { door, upstream } = await withRaw(make, () => undefined);
    const client = await rawClient(door);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
    const { socket } = await upstream.request(1);
    while (!upstream.received().includes("first")) await once(socket, "data");
    expect(upstream.received()).not.toContain("0\r\n\r\n");
    client.write("6\r\nsecond\r\n0\r\n\r\n");
    while (!upstream.received().endsWith("0\r\n\r\n")) await once(socket, "data");
    expect(upstream.received()).toContain("second");
    socket.write(rawAnswer("done"));
    expect(await client.until("done")).toContain("200 OK");
    client.destroy();
  });

  promised(
    "lets a steady body take as long as it takes, whatever the upstream may take",
    async () => {
      const { door, upstream } = await withRaw(make, () => undefined, {
        timeoutMs: 2 * BRIEF_MS,
        stallMs: 2 * BRIEF_MS,
      });
      const client = await rawClient(door);
      client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n");
      // Each part comes in time, all of them together long after every limit.
      for (let part = 0; part < 20; part++) {
        client.write("x".repeat(10_000));
        await new Promise((resolve) => setTimeout(resolve, BRIEF_MS / 3));
      }
      const { socket } = await upstream.request(1);
      socket.write(rawAnswer("done"));
      expect(await client.until("done")).toContain("200 OK");
      client.destroy();
    },
  );

  promised("lets a client go that stalls in the midst of its body", async () => {
    const { door } = await withRaw(make, () => undefined, { stallMs: BRIEF_MS });
    const client = await rawClient(door);
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n${"x".repeat(99)}`);
    expect(await door.outcome(1)).toEqual({ failure: { reason: "request-timeout" } });
    expect(await client.until("request-timeout")).toContain("HTTP/1.1 408 ");
    client.destroy();
  });

  const framings = {
    "sends a body of known length with its length": ["content-length: 4", "bo", "dy"],
    "sends a body in chunks in chunks": [
      "transfer-encoding: chunked",
      "4\r\nbody\r\n",
      "0\r\n\r\n",
    ],
  } as const;
  for (const [sentence, [framing, first, last]] of Object.entries(framings)) {
    promised(sentence, async () => {
      const { door, upstream } = await withRaw(make, () => undefined);
      const client = await rawClient(door);
      client.write(`POST / HTTP/1.1\r\nHost: a\r\n${framing}\r\n\r\n${first}`);
      const { head, socket } = await upstream.request(1);
      expect(head.split("\r\n")).toContain(framing);
      client.write(last);
      while (!upstream.received().endsWith(first + last)) await once(socket, "data");
      socket.write(rawAnswer("done"));
      await client.until("done");
      client.destroy();
    });
  }

  promised("sends bytes that were judged as they are, and not the client's", async () => {
    const bytes = new Uint8Array([9, 9, 0, 1, 2, 255, 9]).subarray(2, 6);
    const bodies: string[] = [];
    const door = await withNode(
      make,
      async (incoming, outgoing) => {
        const chunks: Buffer[] = [];
        for await (const chunk of incoming) chunks.push(chunk as Buffer);
        bodies.push(
          `${incoming.headers["content-length"]} ${Buffer.concat(chunks).toString("hex")}`,
        );
        outgoing.end();
      },
      {
        request: ({ url }) => ({
          method: "POST",
          body: url === "/none" ? null : url === "/empty" ? new Uint8Array() : bytes,
        }),
      },
    );
    await ask(door, "POST", "/some", [], "the client's");
    await ask(door, "POST", "/none", [], "the client's");
    await ask(door, "POST", "/empty", [], "the client's");
    expect(bodies).toEqual(["4 000102ff", "0 ", "0 "]);
  });

  promised(
    "refuses a body that is too large by its length before the upstream sees it",
    async () => {
      const { door, upstream } = await withRaw(
        make,
        ({ socket }) => socket.write(rawAnswer("ok")),
        {
          request: () => ({ maxBodyBytes: 10 }),
        },
      );
      expect((await ask(door, "POST", "/", [], "x".repeat(10))).status).toBe(200);
      expect((await ask(door, "POST", "/", [], "x".repeat(11))).status).toBe(413);
      expect(upstream.requests()).toHaveLength(1);
      expect(door.outcomes[1]).toEqual({ failure: { reason: "payload-too-large" } });
    },
  );

  promised(
    "refuses a body that grows too large, and breaks the upstream's request off",
    async () => {
      const { door, upstream } = await withRaw(make, () => undefined, {
        request: () => ({ maxBodyBytes: 10 }),
      });
      const client = await rawClient(door);
      client.write(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
      );
      const { socket } = await upstream.request(1);
      client.write("6\r\nsecond\r\n");
      expect(await client.until("\r\n\r\n")).toContain("413");
      await closed(socket);
      expect(upstream.received()).not.toMatch(/\r\n0\r\n\r\n$/);
      expect(door.outcomes).toEqual([{ failure: { reason: "payload-too-large" } }]);
      client.destroy();
    },
  );

  promised("passes an answer on that comes before the body's end", async () => {
    const { door } = await withRaw(make, ({ socket }) =>
      socket.write(rawAnswer("no need", [], "401 Unauthorized")),
    );
    const client = await rawClient(door);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\nfirst");
    expect(await client.until("no need")).toContain("401 Unauthorized");
    client.destroy();
  });
}

function declareAnswerBodies(promised: Promised, make: MakeUpstream): void {
  promised("passes the head on before the body, and the body while it comes", async () => {
    const { door, upstream } = await withRaw(make, () => undefined);
    const client = await rawClient(door);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const { socket } = await upstream.request(1);
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-Head: 1\r\n\r\n");
    expect((await client.until("\r\n\r\n")).toLowerCase()).toContain("x-head: 1");
    for (const word of ["one", "two"]) {
      socket.write(`3\r\n${word}\r\n`);
      await client.until(word);
    }
    socket.write("0\r\n\r\n");
    expect(await client.until("\r\n0\r\n\r\n")).toMatch(/one\r\n.*two/s);
    client.destroy();
  });

  promised("passes a body on that ends with the connection", async () => {
    const { door } = await withRaw(make, ({ socket }) => {
      socket.end("HTTP/1.0 200 OK\r\nX-A: 1\r\n\r\nto the end");
    });
    expect((await ask(door)).body.toString()).toBe("to the end");
  });

  promised("keeps HEAD, 204 and 304 without a body, and the connection in step", async () => {
    const { door } = await withRaw(make, ({ head, nth, socket }) => {
      const status = / \/(\d+)/.exec(head)?.[1];
      const length = status === "204" ? "" : "Content-Length: 4\r\n";
      if (nth === 4) socket.write(rawAnswer("body"));
      else socket.write(`HTTP/1.1 ${status ?? "200 OK"}\r\n${length}ETag: "${nth}"\r\n\r\n`);
    });
    const client = await rawClient(door);
    const heads = ["HEAD /", "GET /204", "GET /304"];
    for (const [i, first] of heads.entries()) {
      client.write(`${first} HTTP/1.1\r\nHost: a\r\n\r\n`);
      await client.until(`etag: "${i + 1}"`);
    }
    client.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    const answers = (await client.untilClosed()).split("\r\n\r\n");
    expect(answers.map((answer) => answer.split("\r\n")[0])).toEqual([
      "HTTP/1.1 200 OK",
      "HTTP/1.1 204 No Content",
      "HTTP/1.1 304 Not Modified",
      "HTTP/1.1 200 OK",
      "body",
    ]);
  });

  promised("gives each of 50 clients its own answer, over few connections", async () => {
    const { door, upstream } = await withRaw(make, ({ head, socket }) => {
      const path = head.split(" ")[1] ?? "";
      setImmediate(() => socket.write(rawAnswer(path.repeat(100))));
    });
    for (let round = 0; round < 3; round++) {
      const paths = Array.from({ length: 50 }, (_, i) => `/${round}-${i}`);
      const answers = await Promise.all(paths.map((path) => ask(door, "GET", path)));
      expect(answers.map(({ body }) => body.toString())).toEqual(
        paths.map((path) => path.repeat(100)),
      );
    }
    expect(upstream.connections()).toBeLessThanOrEqual(60);
  });

  promised("passes a coded body on byte for byte, with its coding's name", async () => {
    const coded = gzipSync("hello ".repeat(100));
    const door = await withNode(make, (incoming, outgoing) => {
      const accepted = `${incoming.headers["accept-encoding"]}`;
      outgoing.setHeader("content-encoding", accepted).end(accepted === "gzip" ? coded : "none");
    });
    const { body, headers } = await ask(door, "GET", "/", ["accept-encoding", "gzip"]);
    expect(headers["content-encoding"]).toBe("gzip");
    expect(body.equals(coded)).toBe(true);
  });
}
