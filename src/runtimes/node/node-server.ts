import { once } from "node:events";
import type { Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { unlessSent } from "../../adapters/undici/responses.ts";
import type { Log } from "../../ports/log.ts";
import type { HeaderList } from "../../ports/upstream.ts";
import { isAmbiguousTarget } from "../../proxy/wire/canonical-target.ts";
import { StartError } from "../shared/start-error.ts";
import { waitForAll } from "./wait-for-all.ts";

type Handler = (request: Request, platform: unknown) => Response | Promise<Response>;

/** A listening socket. Until it is given a handler it answers 503. */
export interface NodeServer {
  readonly port: number;
  serve(handler: Handler, log: Log): void;
  /**
   * Takes no new connection, waits up to `ms` for the answers under way, then ends every
   * connection. @returns how many answers were cut off
   */
  stop(ms: number): Promise<number>;
}

/** A head that trickles in (slow loris) holds a socket this long, and a whole request that long. */
const TIMEOUTS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
};

/** Throws StartError where the address cannot be had. */
export async function listen(
  host: string,
  port: number,
  longestRequestMs = 0,
): Promise<NodeServer> {
  let handler: Handler = () => new Response(null, { status: 503, headers: { "Retry-After": "1" } });
  const server = createAdaptorServer({
    fetch: async (request, platform) => unlessSent(platform, await handler(request, platform)),
    serverOptions: {
      ...TIMEOUTS,
      requestTimeout: Math.max(TIMEOUTS.requestTimeout, longestRequestMs),
    },
  }) as Server;
  const answers = trackAnswers(server);
  await startListening(server, host, port);
  return {
    port: (server.address() as AddressInfo).port,
    serve(given, log) {
      handler = given;
      // An accept that fails, for want of file descriptors, would otherwise end the process.
      server.on("error", ({ name, message }) =>
        log.write("error", "listener", { error: name, cause: message }),
      );
    },
    async stop(ms) {
      answers.announceTheLast();
      const closed = once(server, "close");
      server.close();
      await waitForAll(answers.pending, ms);
      const unanswered = answers.pending().length;
      // Not `close` alone: it waits for connections that never sent a byte, as browsers open them.
      server.closeAllConnections();
      await closed;
      return unanswered;
    },
  };
}

/** The other end of the connection, of a request on this server. */
export function peerOf(platform: unknown): string | null {
  return incomingOf(platform)?.socket.remoteAddress ?? null;
}

/** The head of a request on this server as it came: a name may stand several times. */
export function fieldsOf(platform: unknown): HeaderList | null {
  const raw = incomingOf(platform)?.rawHeaders;
  if (raw === undefined) return null;
  return raw.flatMap((name, at) => (at % 2 === 0 ? [[name, raw[at + 1] ?? ""] as const] : []));
}

/**
 * What two readers may understand differently. Of two hosts (RFC 9112 section 3.2 asks for 400)
 * Node takes the first, and whoever stands before us may not; of a target with dots in it `Request`
 * keeps what is left when they are resolved.
 */
export function isAmbiguous(platform: unknown): boolean {
  const incoming = incomingOf(platform);
  const hosts = incoming?.headersDistinct["host"]?.length ?? 0;
  return hosts > 1 || isAmbiguousTarget(incoming?.url ?? "/");
}

const incomingOf = (platform: unknown) => (platform as Partial<HttpBindings> | undefined)?.incoming;

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

function trackAnswers(server: Server) {
  const underWay = new Map<ServerResponse, Promise<unknown>>();
  let last = false;
  server.prependListener("request", (_, response) => {
    if (last) response.shouldKeepAlive = false;
    const done = new Promise<void>((resolve) => response.once("close", resolve));
    underWay.set(response, done);
    done.then(() => underWay.delete(response));
  });
  return {
    pending: () => [...underWay.values()],
    /** From now on an answer says that its connection will close. */
    announceTheLast() {
      last = true;
      for (const response of underWay.keys()) response.shouldKeepAlive = false;
    },
  };
}
