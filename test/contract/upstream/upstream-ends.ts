import { expect } from "vitest";
import { CLIENT_GONE } from "../../../src/ports/upstream.ts";
import { rawClient } from "../../support/proxy/raw-client.ts";
import { closed, type RawRequest, rawAnswer } from "../../support/proxy/raw-upstream.ts";
import type { Promised } from "../state/promise.ts";
import { ask, type MakeUpstream, withRaw } from "./upstream-instance.ts";

const broken = { failure: { reason: "upstream-unreachable", cause: "broken-answer" } };

/** Serves the first request of each connection, and hangs up on the second. */
const mortal = ({ nthHere, socket }: RawRequest): void => {
  if (nthHere === 1) socket.write(rawAnswer("ok"));
  else socket.destroy();
};

export function declareEnds(promised: Promised, make: MakeUpstream): void {
  declareAborts(promised, make);
  declareRetries(promised, make);
}

function declareAborts(promised: Promised, make: MakeUpstream): void {
  promised("leaves the upstream when the client leaves before the answer", async () => {
    const { door, upstream } = await withRaw(make, () => undefined);
    const client = await rawClient(door);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const { socket } = await upstream.request(1);
    client.destroy();
    await closed(socket);
    expect(await door.outcome(1)).toEqual({ status: CLIENT_GONE });
    expect(upstream.requests()).toHaveLength(1);
  });

  promised("leaves the upstream when the client leaves in the middle of the answer", async () => {
    const { door, upstream } = await withRaw(make, ({ socket }) =>
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"),
    );
    const client = await rawClient(door);
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until("half");
    const { socket } = await upstream.request(1);
    client.destroy();
    await closed(socket);
    expect(door.outcomes).toEqual([{ status: 200 }]);
  });

  promised("leaves the upstream when the client leaves in the middle of its body", async () => {
    const { door, upstream } = await withRaw(make, () => undefined);
    const client = await rawClient(door);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf");
    const { socket } = await upstream.request(1);
    client.destroy();
    await closed(socket);
    expect(await door.outcome(1)).toEqual({ status: CLIENT_GONE });
  });

  promised("goes on serving others after 30 clients left", async () => {
    const { door, upstream } = await withRaw(make, ({ head, socket }) => {
      if (head.startsWith("GET /stay")) socket.write(rawAnswer("ok"));
    });
    const clients = await Promise.all(Array.from({ length: 30 }, () => rawClient(door)));
    for (const client of clients) client.write("GET /leave HTTP/1.1\r\nHost: a\r\n\r\n");
    await upstream.request(30);
    for (const client of clients) client.destroy();
    await door.outcome(30);
    expect((await ask(door, "GET", "/stay")).body.toString()).toBe("ok");
  });

  promised("breaks off what is under way when it is closed", async () => {
    const upstreams: ReturnType<MakeUpstream>[] = [];
    const { door, upstream } = await withRaw(
      (options) => {
        const made = make(options);
        upstreams.push(made);
        return made;
      },
      () => undefined,
      { timeoutMs: 1000 },
    );
    const answer = ask(door);
    const { socket } = await upstream.request(1);
    await upstreams[0]?.close();
    expect((await answer).status).toBe(502);
    await closed(socket);
  });
}

function declareRetries(promised: Promised, make: MakeUpstream): void {
  promised(
    "asks GET and HEAD again, once, where a kept connection died without a byte",
    async () => {
      for (const method of ["GET", "HEAD"]) {
        const { door, upstream } = await withRaw(make, mortal);
        await ask(door, "GET", "/first");
        const { status } = await ask(door, method, "/second");
        const targets = upstream.requests().map(({ head }) => head.split(" HTTP")[0]);
        expect([status, ...targets]).toEqual([
          200,
          "GET /first",
          `${method} /second`,
          `${method} /second`,
        ]);
        expect(upstream.connections()).toBe(2);
      }
    },
  );

  promised("asks nothing else again, with a body or without", async () => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      for (const body of ["", "body"]) {
        const { door, upstream } = await withRaw(make, mortal);
        await ask(door, "GET", "/first");
        expect(
          (await ask(door, method, "/second", ["content-length", `${body.length}`], body)).status,
        ).toBe(502);
        expect(upstream.requests()).toHaveLength(2);
        expect(door.outcomes[1]).toEqual(broken);
      }
    }
  });

  promised("does not ask a GET with a body again", async () => {
    const { door, upstream } = await withRaw(make, mortal);
    await ask(door, "GET", "/first");
    expect((await ask(door, "GET", "/second", ["content-length", "4"], "body")).status).toBe(502);
    expect(upstream.requests()).toHaveLength(2);
  });

  promised("gives up where the second connection dies as well", async () => {
    const { door, upstream } = await withRaw(make, ({ socket }) => socket.destroy());
    expect((await ask(door)).status).toBe(502);
    expect(upstream.requests()).toHaveLength(2);
    expect(door.outcomes).toEqual([broken]);
  });

  promised("does not ask again where a byte of the answer had come", async () => {
    const { door, upstream } = await withRaw(make, ({ socket }) => {
      socket.write("HTTP/1.1 2", () => socket.destroy());
    });
    expect((await ask(door)).status).toBe(502);
    expect(upstream.requests()).toHaveLength(1);
    expect(door.outcomes).toEqual([broken]);
  });

  promised("does not ask again what was slow", async () => {
    const { door, upstream } = await withRaw(make, () => undefined, { timeoutMs: 200 });
    expect((await ask(door)).status).toBe(504);
    expect(upstream.requests()).toHaveLength(1);
  });

  promised(
    "uses a connection again, and a new one where the upstream closed it meanwhile",
    async () => {
      const { door, upstream } = await withRaw(make, ({ socket }) => socket.write(rawAnswer("ok")));
      for (let i = 0; i < 3; i++) await ask(door);
      expect(upstream.connections()).toBe(1);
      const { socket } = await upstream.request(1);
      socket.end();
      await closed(socket);
      // A POST cannot be asked again: it must not go out on the dead connection at all.
      expect((await ask(door, "POST", "/", [], "body")).status).toBe(200);
      expect(upstream.connections()).toBe(2);
    },
  );
}
