import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { expect } from "vitest";
import { openDoor } from "../../support/gateway/door.ts";
import { rawClient } from "../../support/proxy/raw-client.ts";
import { closed, rawAnswer } from "../../support/proxy/raw-upstream.ts";
import type { Promised } from "../state/promise.ts";
import { ask, BRIEF_MS, type MakeUpstream, withRaw } from "./upstream-instance.ts";

const broken = { failure: { reason: "upstream-unreachable", cause: "broken-answer" } };
const slow = { failure: { reason: "upstream-timeout" } };

const LINE = "HTTP/1.1 200 OK\r\n";

/** Answers that two readers could understand differently, or nobody at all (RFC 9112 section 6.3). */
const BROKEN: Readonly<Record<string, string>> = {
  "no HTTP at all": "SSH-2.0-OpenSSH_9.2\r\n\r\n",
  "HTTP/2's preface": "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
  "a status that is none": "HTTP/1.1 abc OK\r\n\r\n",
  "a status above 599": "HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n",
  "two lengths": `${LINE}Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody1`,
  "a length with a sign": `${LINE}Content-Length: +4\r\n\r\nbody`,
  "a length in words": `${LINE}Content-Length: four\r\n\r\nbody`,
  "a length and chunks": `${LINE}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n`,
  "a NUL in a value": `${LINE}X-A: a\0b\r\nContent-Length: 0\r\n\r\n`,
  "a bare CR in a value": `${LINE}X-A: a\rb: c\r\nContent-Length: 0\r\n\r\n`,
  "a space in a name": `${LINE}X A: 1\r\nContent-Length: 0\r\n\r\n`,
  "a protocol that was not asked for":
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n",
  "a head without an end": `${LINE}${"X-A: ".padEnd(1000, "a")}\r\n`.repeat(1000),
};

export function declareFaults(promised: Promised, make: MakeUpstream): void {
  declareBefore(promised, make);
  declareAfter(promised, make);
}

function declareBefore(promised: Promised, make: MakeUpstream): void {
  promised("fails as `no-connection` where nobody listens", async () => {
    const free = createServer().listen(0, "127.0.0.1");
    await once(free, "listening");
    const { port } = free.address() as AddressInfo;
    free.close();
    await once(free, "close");
    const door = await openDoor(make({ origin: `http://127.0.0.1:${port}`, timeoutMs: 5000 }));
    for (const method of ["GET", "POST"]) expect((await ask(door, method)).status).toBe(502);
    const nobody = { failure: { reason: "upstream-unreachable", cause: "no-connection" } };
    expect(door.outcomes).toEqual([nobody, nobody]);
  });

  promised(
    "fails as `upstream-timeout` where the head does not come, or only a part of it",
    async () => {
      const { door } = await withRaw(
        make,
        ({ head, socket }) => {
          if (head.startsWith("POST")) socket.write(`${LINE}X-A: 1\r\n`);
        },
        { timeoutMs: BRIEF_MS },
      );
      expect((await ask(door, "GET")).status).toBe(504);
      expect((await ask(door, "POST", "/", [], "body")).status).toBe(504);
      expect(door.outcomes).toEqual([slow, slow]);
    },
  );

  promised("fails as `broken-answer` where the upstream hangs up before its head", async () => {
    const { door } = await withRaw(make, ({ socket }) => socket.destroy());
    expect((await ask(door, "POST", "/", [], "body")).status).toBe(502);
    expect(door.outcomes).toEqual([broken]);
  });

  for (const [what, bytes] of Object.entries(BROKEN)) {
    promised(`fails as \`broken-answer\` at ${what}`, async () => {
      const { door } = await withRaw(make, ({ socket }) => void socket.end(bytes, "latin1"));
      const { body, status } = await ask(door, "POST");
      expect(status).toBe(502);
      expect(body.toString()).not.toContain("body");
      expect(door.outcomes).toEqual([broken]);
    });
  }

  promised("serves on after every broken answer, on connections of their own", async () => {
    const { door, upstream } = await withRaw(make, ({ head, socket }) => {
      const what = / \/(\d+)/.exec(head)?.[1];
      socket.write(
        what === undefined ? rawAnswer("well") : `${Object.values(BROKEN)[Number(what)]}`,
      );
    });
    for (const [i] of Object.keys(BROKEN).slice(0, -1).entries()) {
      await ask(door, "POST", `/${i}`);
      expect((await ask(door)).body.toString()).toBe("well");
    }
    // One of them, the odd status, is well framed.
    expect(upstream.connections()).toBeGreaterThanOrEqual(Object.keys(BROKEN).length - 1);
  });

  promised("never takes what an upstream sent unasked for the next request's answer", async () => {
    const { door, upstream } = await withRaw(make, ({ nth, socket }) => {
      const unasked = rawAnswer("poison", ["Set-Cookie: evil=1"]);
      socket.write(nth === 1 ? rawAnswer("one") + unasked : rawAnswer("two"));
    });
    await ask(door);
    expect((await ask(door)).body.toString()).toBe("two");
    expect(upstream.connections()).toBe(2);
  });
}

function declareAfter(promised: Promised, make: MakeUpstream): void {
  const halves: Readonly<Record<string, string>> = {
    "a length": `${LINE}Content-Length: 100\r\n\r\nhalf`,
    chunks: `${LINE}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`,
  };
  for (const [framing, half] of Object.entries(halves)) {
    promised(`breaks the client's connection where a body with ${framing} breaks off`, async () => {
      const { door } = await withRaw(make, ({ socket }) => {
        socket.write(half, () => socket.end());
      });
      const client = await rawClient(door);
      client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
      const text = await client.untilClosed();
      expect(text).toMatch(/^HTTP\/1.1 200 OK\r\n.*half(\r\n)?$/s);
      expect(door.outcomes).toEqual([{ status: 200 }]);
    });
  }

  promised("breaks the client's connection where a body stops coming", async () => {
    const { door, upstream } = await withRaw(
      make,
      ({ socket }) => void socket.write(`${LINE}Content-Length: 100\r\n\r\nhalf`),
      { timeoutMs: BRIEF_MS },
    );
    const client = await rawClient(door);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.untilClosed()).toMatch(/half$/);
    const { socket } = await upstream.request(1);
    await closed(socket);
  });

  promised("breaks the client's connection where chunks turn to nonsense", async () => {
    const { door } = await withRaw(make, ({ socket }) => {
      socket.write(`${LINE}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`, () =>
        setImmediate(() => socket.write("zz\r\nGET / HTTP/1.1\r\n\r\n")),
      );
    });
    const client = await rawClient(door);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(await client.untilClosed()).toMatch(/half\r\n$/);
  });

  promised(
    "breaks the client's connection where its body grows too large after the head",
    async () => {
      const { door, upstream } = await withRaw(
        make,
        ({ socket }) => void socket.write(`${LINE}Content-Length: 100\r\n\r\nearly`),
        { request: () => ({ maxBodyBytes: 10 }) },
      );
      const client = await rawClient(door);
      client.write(
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n",
      );
      await client.until("early");
      client.write("6\r\nsecond\r\n");
      expect(await client.untilClosed()).toMatch(/early$/);
      const { socket } = await upstream.request(1);
      await closed(socket);
    },
  );

  promised("passes a slow body on whose every pause is short", async () => {
    const { door } = await withRaw(
      make,
      ({ socket }) => {
        socket.write(`${LINE}Content-Length: 8\r\n\r\n`);
        let sent = 0;
        const drip = setInterval(() => {
          socket.write("x");
          sent++;
          if (sent === 8) clearInterval(drip);
        }, BRIEF_MS / 4);
      },
      { timeoutMs: BRIEF_MS },
    );
    expect((await ask(door)).body.toString()).toBe("xxxxxxxx");
  });
}
