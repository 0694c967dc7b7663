import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** One request as it stood on the wire, up to the empty line. */
export interface RawRequest {
  /** `GET /a HTTP/1.1` and the fields, without the empty line; a byte is a character. */
  readonly head: string;
  readonly socket: Socket;
  /** From 1, over all connections; and on this connection. */
  readonly nth: number;
  readonly nthHere: number;
}

export interface RawUpstream {
  readonly origin: string;
  readonly port: number;
  /** Every byte that came, of all connections. */
  received(): string;
  requests(): readonly RawRequest[];
  connections(): number;
  /** Waits for the nth request's head. */
  request(nth: number): Promise<RawRequest>;
}

/**
 * An upstream that answers byte by byte, as no HTTP library would. Heads are found by their empty
 * line alone: what else comes is in `received`. Gone when the test is over.
 */
export async function rawUpstream(answer: (request: RawRequest) => void): Promise<RawUpstream> {
  const sockets = new Set<Socket>();
  const requests: RawRequest[] = [];
  const arrived = new EventTarget();
  let connections = 0;
  let received = "";
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    let pending = "";
    let nthHere = 0;
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      const text = bytes.toString("latin1");
      received += text;
      pending += text;
      for (;;) {
        const start = pending.search(/[A-Z]+ \S+ HTTP\/1\.1\r\n/);
        const end = pending.indexOf("\r\n\r\n", start);
        if (start < 0 || end < 0) return;
        const head = pending.slice(start, end);
        pending = pending.slice(end + 4);
        nthHere++;
        const request = { head, socket, nth: requests.length + 1, nthHere };
        requests.push(request);
        answer(request);
        arrived.dispatchEvent(new Event("request"));
      }
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    received: () => received,
    requests: () => requests,
    connections: () => connections,
    async request(nth) {
      while (requests.length < nth) await once(arrived, "request");
      return requests[nth - 1] as RawRequest;
    },
  };
}

/** An answer of few words: status line, fields, body with its length. */
export function rawAnswer(body: string, fields: readonly string[] = [], status = "200 OK"): string {
  const length = `content-length: ${Buffer.byteLength(body)}`;
  return [`HTTP/1.1 ${status}`, length, ...fields, "", body].join("\r\n");
}

/** Waits for the end of a connection, however it ends: `once` takes a reset for a failure. */
export function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });
}
