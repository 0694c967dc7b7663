import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { fetchUpstream } from "../../../src/adapters/fetch/upstream.ts";
import { ok } from "../../../src/core/result.ts";
import { SharedRoom } from "../../../src/core/shared-room.ts";
import { CROWDED } from "../../../src/ports/upstream.ts";
import { eventually } from "../../support/gateway/fleet.ts";
import { rawClient } from "../../support/proxy/raw-client.ts";
import { closed, rawAnswer } from "../../support/proxy/raw-upstream.ts";
import { ask, BRIEF_MS, withNode, withRaw } from "./upstream-instance.ts";

// node-server prints what breaks a Response's body off.
beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

const LARGE = 64 * 2 ** 20;
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

/** Takes the head, and nothing of the body. */
async function unread(port: number): Promise<IncomingMessage> {
  const sent = request({ port, host: "127.0.0.1", agent: false }).end();
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  return answer.pause();
}

describe("a client by fetch that takes its answer slowly", () => {
  it("is let go where it takes nothing, and the upstream with it", async () => {
    const { door, upstream } = await withRaw(
      fetchUpstream,
      ({ socket }) => socket.write(rawAnswer("x".repeat(LARGE))),
      { stallMs: BRIEF_MS },
    );
    const answer = await unread(door.port);
    const { socket } = await upstream.request(1);
    await closed(socket);
    answer.resume();
    await expect(once(answer, "end")).rejects.toThrow();
  });

  it("is not let go where the upstream has nothing to say, as in an event stream", async () => {
    const { door, upstream } = await withRaw(fetchUpstream, () => undefined, {
      stallMs: BRIEF_MS,
    });
    const client = await rawClient(door);
    client.write(GET);
    const { socket } = await upstream.request(1);
    socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
    await client.until("one");
    await new Promise((resolve) => setTimeout(resolve, 4 * BRIEF_MS));
    socket.write("3\r\ntwo\r\n0\r\n\r\n");
    expect(await client.until("\r\n0\r\n\r\n")).toMatch(/one\r\n.*two/s);
    client.destroy();
  });

  it("does not keep the upstream, where the answer fits into what is read ahead", async () => {
    const finished: boolean[] = [];
    const door = await withNode(fetchUpstream, (_, outgoing) => {
      outgoing.on("finish", () => finished.push(true));
      for (let n = 0; n < 4; n++) outgoing.write("x".repeat(50_000));
      outgoing.end();
    });
    const answer = await unread(door.port);
    await eventually(() => finished[0], 5_000);
    let taken = 0;
    for await (const chunk of answer) taken += (chunk as Buffer).length;
    expect(taken).toBe(200_000);
  });
});

describe("one source by fetch", () => {
  it("has a share of the exchanges: more wait for one of its own, or are refused; others do not notice", async () => {
    const { door, upstream } = await withRaw(
      (options) => fetchUpstream({ ...options, perSource: 2 }),
      ({ nth, socket }) => {
        if (nth > 2) socket.write(rawAnswer("served"));
      },
      { source: ({ headers }) => `${headers["x-source"]}`, timeoutMs: 5 * BRIEF_MS },
    );
    const held = await Promise.all([rawClient(door), rawClient(door)]);
    for (const client of held) client.write(GET.replace("\r\n\r\n", "\r\nX-Source: a\r\n\r\n"));
    await upstream.request(2);
    const third = ask(door, "GET", "/", ["x-source", "a"]);
    expect((await ask(door, "GET", "/", ["x-source", "b"])).body.toString()).toBe("served");
    // The first two end with the upstream's time: the third has a place then, or is refused.
    expect([200, 429]).toContain((await third).status);
    expect((await ask(door, "GET", "/", ["x-source", "a"])).status).toBe(200);
    for (const client of held) client.destroy();
  });

  it("is refused in the end where none of its own is over", async () => {
    const { door, upstream } = await withRaw(
      (options) => fetchUpstream({ ...options, perSource: 1 }),
      ({ socket }) => {
        socket.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        const more = setInterval(() => socket.write("1\r\nx\r\n"), BRIEF_MS / 3);
        socket.on("close", () => clearInterval(more));
      },
      { source: () => "a", timeoutMs: 2 * BRIEF_MS },
    );
    const endless = await rawClient(door);
    endless.write(GET);
    await upstream.request(1);
    expect((await ask(door)).status).toBe(429);
    expect(door.outcomes.at(-1)).toEqual({ failure: CROWDED });
    endless.destroy();
  });
});

describe("a judged answer by fetch that its client does not take", () => {
  it("holds its room until the client is let go", async () => {
    const bounds = { all: LARGE, share: LARGE, open: LARGE, goodMs: 600_000 };
    const room = new SharedRoom(bounds, Date.now);
    const { door } = await withRaw(
      fetchUpstream,
      ({ socket }) => socket.write(rawAnswer("x".repeat(LARGE / 2))),
      {
        stallMs: 3 * BRIEF_MS,
        plan: (head) => ({
          kind: "buffer",
          maxBytes: LARGE,
          room: room.hold("a"),
          judge: async (body) => ok({ head, body }),
        }),
      },
    );
    const answer = await unread(door.port);
    const all = room.hold("b");
    expect(all.take(LARGE), "while the client may yet take it").toBe(false);
    await eventually(() => all.take(LARGE) || undefined, 10_000);
    answer.destroy();
  });
});
