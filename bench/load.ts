/**
 * Sends a fixed number of requests on a fixed number of connections, as fast as they are answered,
 * and counts. It writes and reads sockets itself: a client library would take the processor that
 * the measured server needs. Argument: the `LoadOrder` as JSON.
 */
import { connect, type Socket } from "node:net";
import { AnswerReader } from "./answer-reader.ts";
import type { LoadOrder, RequestLoad } from "./load-order.ts";

const order = JSON.parse(`${process.argv[2]}`) as LoadOrder;
const { hostname, pathname, port } = new URL(order.url);
const { body = "", connections, headers, length, method = "GET", requests, status } = order;
const fields = Object.entries({
  host: `${hostname}:${port}`,
  ...headers,
  ...(body === "" ? {} : { "content-length": `${Buffer.byteLength(body)}` }),
});
const lines = [`${method} ${pathname} HTTP/1.1`, ...fields.map((field) => field.join(": "))];
const request = `${lines.join("\r\n")}\r\n\r\n${body}`;

let [asked, answers] = [0, 0];
const wrong = new Map<string, number>();
const count = (fault: string) => wrong.set(fault, (wrong.get(fault) ?? 0) + 1);

/** One connection, until all requests are asked. It connects anew where the server closed it. */
async function ask(): Promise<void> {
  while (asked < requests) {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await new Promise<void>((resolve) => {
      socket.once("close", () => resolve());
      socket.once("error", (error) => count(error.message));
      run(socket);
    });
  }
}

function run(socket: Socket): void {
  let waiting = false;
  const next = () => {
    if (asked >= requests) return void socket.end();
    asked++;
    waiting = true;
    socket.write(request, "latin1");
  };
  const reader = new AnswerReader((answer) => {
    waiting = false;
    answers++;
    if (answer.status !== status || (length !== null && answer.length !== length)) {
      count(`status ${answer.status}, ${answer.length} bytes`);
    }
    next();
  });
  socket.on("data", (bytes) => reader.take(bytes));
  socket.once("close", () => waiting && count("closed before the answer"));
  next();
}

const [startedAt, cpuAtStart] = [performance.now(), process.cpuUsage()];
await Promise.all(Array.from({ length: connections }, ask));
const seconds = (performance.now() - startedAt) / 1000;
const { system, user } = process.cpuUsage(cpuAtStart);
const perSecond = answers / seconds;
const load: RequestLoad = { answers, perSecond, cpuMs: (user + system) / 1000, wrong: [...wrong] };
console.log(JSON.stringify(load));
process.exit(0);
