import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import type { EnvironmentRecord } from "../config/load-settings.ts";
import { createApp } from "../http/create-app.ts";
import { nodeGateway } from "./node-gateway.ts";
import { type CompleteSettings, loadNodeSettings, StartError } from "./node-settings.ts";

export interface RunningNode {
  readonly settings: CompleteSettings;
  /** Takes no new connection, answers what was asked, finishes deferred work, closes the stores. */
  stop(): Promise<void>;
}

export interface NodeOptions {
  readonly env: EnvironmentRecord;
  /** Takes one log line. */
  write(line: string): void;
}

/** How long requests and deferred sends have after SIGTERM. */
const DRAIN_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;

/** Starts the gateway on Node. Throws StartError for what the operator must mend. */
export async function startNode({ env, write }: NodeOptions): Promise<RunningNode> {
  const first = await loadNodeSettings(env);
  let fetch: ReturnType<typeof createApp>["fetch"] | null = null;
  const server = createAdaptorServer({
    fetch: (request, bindings) => fetch?.(request, bindings) ?? new Response(null, { status: 503 }),
    serverOptions: { requestTimeout: REQUEST_TIMEOUT_MS },
  }) as Server;
  // PORT=0 takes a free port, which PUBLIC_URL and the issuer must name.
  const port = await listen(server, first.settings.server);
  const { settings, warnings } =
    first.settings.server.port === port
      ? first
      : await loadNodeSettings({ ...env, PORT: `${port}` });
  const { close, gateway, outbox, runtime } = await nodeGateway(settings, write).catch((error) => {
    server.close();
    throw error;
  });
  const { log } = gateway;
  for (const { setting, reason } of warnings) log.write("warn", "setting", { setting, reason });
  const { accessTokens, server: place } = settings;
  const site = { ...place, issuer: accessTokens.issuer, outbox };
  ({ fetch } = createApp({ gateway, site, peerOf }));
  log.write("info", "started", { port, environment: settings.environment });
  return {
    settings,
    async stop() {
      const deadline = runtime.now() + DRAIN_MS;
      const unanswered = await closeWithin(server, DRAIN_MS);
      const undone = await runtime.drain(Math.max(0, deadline - runtime.now()));
      log.write(unanswered || undone > 0 ? "warn" : "info", "stopped", { unanswered, undone });
      close();
    },
  };
}

const peerOf = (platform: unknown): string | null =>
  (platform as Partial<HttpBindings> | undefined)?.incoming?.socket.remoteAddress ?? null;

function listen(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const reason = error.code === "EADDRINUSE" ? "is in use" : `cannot be listened on`;
      reject(new StartError(`PORT ${port} on HOST ${host} ${reason} (${error.code})`));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

/** @returns whether requests were left unanswered when the time was up */
function closeWithin(server: Server, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      server.closeAllConnections();
      resolve(true);
    }, ms);
    server.close(() => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}
