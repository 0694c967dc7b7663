import type { RequestListener } from "node:http";
import { Socket } from "node:net";
import { expect, it, vi } from "vitest";
import { bindingsOf } from "../../../src/adapters/undici/bindings.ts";
import { undiciUpstream } from "../../../src/adapters/undici/upstream.ts";
import { asItCame } from "../../support/gateway/door.ts";
import { ask, type MakeUpstream, withNode } from "./upstream-instance.ts";

/** The writes of all sockets of this process while `work` runs: of one buffer, and of several. */
async function writesDuring(work: () => Promise<unknown>) {
  const one = vi.spyOn(Socket.prototype, "_write");
  const several = vi.spyOn(Socket.prototype, "_writev" as "_write");
  await work();
  const counted = { one: one.mock.calls.length, several: several.mock.calls.length };
  vi.restoreAllMocks();
  return counted;
}

it("a request to the backend is one write, and a small answer leaves in one write with its head", async () => {
  const door = await withNode(undiciUpstream, (_, outgoing) => outgoing.end("x".repeat(1024)));
  const counted = await writesDuring(() => ask(door));
  // The client's, the gateway's to the backend, the backend's and the gateway's to the client.
  expect(counted).toEqual({ one: 4, several: 0 });
});

it("a client that leaves in the turn of its request costs the backend nothing, and holds no connection", async () => {
  const seen: (string | undefined)[] = [];
  const leaving: MakeUpstream = (options) => {
    const upstream = undiciUpstream({ ...options, connections: 1 });
    return {
      ...upstream,
      exchange(client, request, plan) {
        const exchanged = upstream.exchange(client, request, plan);
        if (request.target === "/gone") bindingsOf(client.platform).outgoing.destroy();
        return exchanged;
      },
    };
  };
  const listener: RequestListener = ({ url }, outgoing) => {
    seen.push(url);
    outgoing.end("here");
  };
  const door = await withNode(leaving, listener, { source: () => "one" });
  // On an open connection undici writes a request at once.
  expect((await ask(door, "GET", "/first")).status).toBe(200);
  await expect(ask(door, "GET", "/gone")).rejects.toThrow();
  expect((await ask(door, "GET", "/stays")).status).toBe(200);
  expect(seen).toEqual(["/first", "/stays"]);
});

it.each([
  ["line end", "a\r\nset-cookie: stolen=1"],
  ["line feed", "a\nset-cookie: stolen=1"],
  ["carriage return", "a\rb"],
  ["zero byte", "a\0b"],
  ["character above a byte", "a\u010d\u010ab"],
])(
  "no %s in a value begins a field of its own, neither at the backend nor at the client",
  async (_, value) => {
    const seen: string[] = [];
    const listener = (
      incoming: { rawHeaders: string[] },
      outgoing: { end(text: string): void },
    ) => {
      seen.push(...incoming.rawHeaders);
      outgoing.end("here");
    };
    const sending = await withNode(undiciUpstream, listener, {
      request: () => ({ headers: [["x-id", value]] }),
    });
    await ask(sending).then(({ status }) => expect(status).toBe(500));
    expect(seen).toEqual([]);
    const answering = await withNode(undiciUpstream, listener, {
      plan: (head) => asItCame({ ...head, headers: [...head.headers, ["x-id", value]] }),
    });
    const { raw, status } = await ask(answering);
    expect([status, raw.includes("x-id"), raw.join().includes("stolen")]).toEqual([
      500,
      false,
      false,
    ]);
    expect(seen).not.toEqual([]);
  },
);
