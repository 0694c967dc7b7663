import { once } from "node:events";
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A balancer without a memory: each request goes to the next gateway in turn. */
export interface RoundRobin {
  readonly url: string;
  /** Whom the requests go to from now on, the first of them next. */
  serve(targets: readonly { readonly port: number }[]): void;
  stop(): Promise<void>;
}

const HOST = "127.0.0.1";

/** Adds the client's address to `X-Forwarded-For`, as a proxy does; follows nothing, changes nothing. */
export async function startRoundRobin(): Promise<RoundRobin> {
  const agent = new Agent({ keepAlive: true });
  let ports: readonly number[] = [];
  let turn = 0;
  const server = createServer((incoming, response) => {
    const port = ports[turn++ % ports.length];
    if (port === undefined) response.writeHead(502).end();
    else forward(agent, port, incoming, response);
  });
  server.listen(0, HOST);
  await once(server, "listening");
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}`,
    serve(targets) {
      ports = targets.map(({ port }) => port);
      turn = 0;
    },
    async stop() {
      agent.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(
  agent: Agent,
  port: number,
  incoming: IncomingMessage,
  response: ServerResponse,
): void {
  const { headers, method, socket, url: path } = incoming;
  const before = headers["x-forwarded-for"];
  const forwardedFor = [before, socket.remoteAddress].filter(Boolean).join(", ");
  const options = { agent, host: HOST, port, method, path };
  const onward = request(
    { ...options, headers: { ...headers, "x-forwarded-for": forwardedFor } },
    (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    },
  );
  onward.on("error", () => response.destroy());
  incoming.pipe(onward);
}
