import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener } from "@hono/node-server";
import type { Bindings } from "../../adapters/undici/bindings.ts";
import { asOneWrite } from "../../adapters/undici/one-write.ts";
import { unlessSent } from "../../adapters/undici/responses.ts";
import type { Log } from "../../ports/log.ts";
import { StartError } from "../shared/start-error.ts";
import { Connections, type ConnectionsOptions } from "./server/connections.ts";
import { drain } from "./server/drain.ts";
import { isTarget, placeHost } from "./server/request-head.ts";
import { watchClients } from "./server/stalls.ts";
import { refuse, refuseUnread, type Unread } from "./server/unread.ts";
import type { ShortWay } from "./short-way/short-way.ts";

type Handler = (request: Request, platform: unknown) => Response | Promise<Response>;

/** A listening socket. Before it gets a handler it answers 503. */
export interface NodeServer {
  readonly port: number;
  /**
   * @param unread answers requests that the handler never sees; without it they get a bare status
   * @param short asked first about each request; the handler gets those that it leaves
   */
  serve(handler: Handler, log: Log, unread?: Unread, short?: ShortWay): void;
  /**
   * From now on answers announce the end of their connection; new connections are still accepted.
   */
  leave(): void;
  /**
   * Accepts no new connection, waits up to `ms` for open answers, then ends every connection.
   * @returns how many answers were cut off
   */
  stop(ms: number): Promise<number>;
}

export interface ServerOptions extends ConnectionsOptions {
  /** How long an idle connection is kept. */
  readonly keepAliveTimeoutMs?: number;
}

/**
 * Bound on a head that arrives slowly (slow loris), which holds a socket. A body has no such bound:
 * a steady upload may take any time, and `watchClients` ends one that stalls.
 */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 0,
  connectionsCheckingInterval: 2_000,
};
const KEEP_ALIVE_MS = 75_000;

const BARE: Unread = {
  answer: async ({ reason }) => ({
    status: reason === "request-timeout" ? 408 : 400,
    headers: [],
    body: "",
  }),
};

/** The parts of a server that come after it listens. */
interface Served {
  readonly handler: Handler;
  readonly unread: Unread;
  readonly short: ShortWay;
}

const NOT_YET: Handler = () => new Response(null, { status: 503, headers: { "Retry-After": "1" } });

/** Throws StartError where the address is not available. */
export async function listen(
  host: string,
  port: number,
  options: ServerOptions = {},
): Promise<NodeServer> {
  let served: Served = { handler: NOT_YET, unread: BARE, short: () => false };
  const connections = new Connections(options);
  const full = getRequestListener(async (request, platform) =>
    unlessSent(platform, await served.handler(request, platform)),
  );
  const answer = (exchange: Bindings): void => {
    if (!isTarget(exchange.incoming.url)) void refuse(MALFORMED, exchange, "target", served.unread);
    else if (!served.short(exchange)) answerByApp(exchange, full);
  };
  const server = createServer({
    ...TIMEOUTS,
    keepAliveTimeout: options.keepAliveTimeoutMs ?? KEEP_ALIVE_MS,
    // HTTP/1.1 requires a Host; the app refuses a request without one, with a readable body.
    requireHostHeader: false,
  });
  server.on("connection", (socket) => connections.accept(socket));
  const take =
    (run: (exchange: Bindings) => void) => (incoming: IncomingMessage, outgoing: ServerResponse) =>
      connections.of(incoming.socket)?.take({ incoming, outgoing, run });
  server.on("request", take(answer));
  server.on(
    "checkExpectation",
    take((at) => void refuse(UNEXPECTED, at, "expectation", served.unread)),
  );
  server.on("clientError", (error, socket) => {
    void refuseUnread(error, socket, connections, served.unread);
  });
  const watching = watchClients(connections, () => served.unread);
  await startListening(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    serve(handler, log, unread = BARE, short = served.short) {
      served = { handler, unread, short };
      // A failed accept, for lack of file descriptors, would otherwise end the process.
      server.on("error", ({ name, message }) =>
        log.write("error", "listener", { error: name, cause: message }),
      );
    },
    leave: () => drain.leave(connections),
    async stop(ms) {
      const unanswered = await drain.stop(server, connections, ms);
      clearInterval(watching);
      return unanswered;
    },
  };
}

function answerByApp(
  { incoming, outgoing }: Bindings,
  full: ReturnType<typeof getRequestListener>,
): void {
  placeHost(incoming);
  joinHead(outgoing);
  void full(incoming, outgoing);
}

/** Lets a body that node-server writes whole leave in one write with its head. */
function joinHead(outgoing: ServerResponse): void {
  const { write } = outgoing;
  outgoing.write = (...given: readonly unknown[]): boolean => {
    outgoing.write = write;
    const [chunk] = given;
    const isWhole = given.length === 1 && chunk instanceof Uint8Array;
    const text = isWhole ? asOneWrite(chunk) : null;
    return Reflect.apply(write, outgoing, text === null ? given : [text, "latin1"]);
  };
}

const MALFORMED = { reason: "request-malformed" } as const;
const UNEXPECTED = { reason: "expectation-failed" } as const;

async function startListening(server: Server, host: string, port: number): Promise<void> {
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const reason = code === "EADDRINUSE" ? "is in use" : "cannot be listened on";
    throw new StartError(`PORT ${port} on HOST ${host} ${reason} (${code})`);
  }
}
