import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import type { AnswerComing } from "../../../src/http/proxied/coming-request.ts";
import { listen } from "../../../src/runtimes/node/node-server.ts";
import { shortWay } from "../../../src/runtimes/node/short-way/short-way.ts";

const BAD_HEAD = { status: 200, headers: [["x-broken", "a\r\nb"]] } as const;
const refused = { kind: "own", head: BAD_HEAD, body: "" } as const;
const fault = () => {
  throw new TypeError("unforeseen");
};

it.each<[string, AnswerComing]>([
  ["a fault before the first promise", fault],
  ["a fault after a promise", async () => fault()],
  ["an answer that HTTP cannot carry", () => refused],
  ["the same after a promise", async () => refused],
])("%s costs its own connection, and neither the process nor other clients", async (_, answer) => {
  const faults: unknown[] = [];
  const log = { write: () => undefined };
  const short = shortWay(answer, (thrown) => faults.push(thrown));
  const server = await listen("127.0.0.1", 0);
  onTestFinished(async () => void (await server.stop(0)));
  server.serve(() => new Response("own"), log, undefined, short);
  const ask = (method: string) => {
    const socket = connect(server.port, "127.0.0.1");
    socket.write(`${method} /api/x HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
    return text(socket);
  };
  expect(await ask("GET")).toBe("");
  expect(faults).toHaveLength(1);
  expect(await ask("OPTIONS")).toContain("own");
});
