import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { fetchTransport } from "../../../src/adapters/twilio/fetch-transport.ts";
import { TWILIO_ACCOUNT } from "../../support/twilio/twilio-account.ts";

const { accountSid, authToken } = TWILIO_ACCOUNT;
const REQUEST = { product: "api", path: "/messages", form: { Body: "text" } } as const;

/** A server, its connections, and a transport to it. */
async function place() {
  const sockets: Socket[] = [];
  const server = createServer((_, response) => response.end("{}"));
  server.on("connection", (socket) => sockets.push(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const apiUrl = `http://127.0.0.1:${port}`;
  return { server, sockets, transport: fetchTransport({ accountSid, authToken, apiUrl }) };
}

it("messages that follow each other to Twilio share connections, and with it the TLS handshake", async () => {
  const { sockets, transport } = await place();
  for (let n = 0; n < 10; n++) {
    expect(await transport.post(REQUEST, 3_000)).toMatchObject({ kind: "answered", status: 200 });
  }
  // A second one where the first had not quite ended its answer.
  expect(sockets.length).toBeLessThanOrEqual(3);
});

it("a connection that Twilio has closed carries no further message", async () => {
  const { server, sockets, transport } = await place();
  await transport.post(REQUEST, 3_000);
  const [first] = sockets;
  if (first === undefined) throw new Error("no connection");
  const closed = once(first, "close");
  server.closeIdleConnections();
  await closed;
  expect(await transport.post(REQUEST, 3_000)).toMatchObject({ kind: "answered", status: 200 });
  expect(sockets).toHaveLength(2);
});
