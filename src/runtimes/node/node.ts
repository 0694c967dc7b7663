import type { EnvironmentRecord } from "../../config/load-settings.ts";
import type { SettingProblem } from "../../config/setting.ts";
import { createEntrances } from "../../http/create-app.ts";
import { describeThrown } from "../../http/middleware/request-log.ts";
import type { Log } from "../../ports/log.ts";
import { checkTestPhones } from "../shared/check-test-phones.ts";
import type { CompleteSettings } from "../shared/complete-settings.ts";
import { freeAtRest } from "./free-at-rest.ts";
import { homePage } from "./home-page.ts";
import { nodeGateway } from "./node-gateway.ts";
import { listen, type NodeServer } from "./node-server.ts";
import { type LoadedNodeSettings, loadNodeSettings } from "./node-settings.ts";
import { peerOf, rawHeadOf } from "./server/request-head.ts";
import { unreadAnswers } from "./server/unread.ts";
import { shortWay } from "./short-way/short-way.ts";

export interface RunningNode {
  readonly settings: CompleteSettings;
  readonly log: Log;
  /**
   * Fails its readiness and serves on for DRAIN_DELAY. Then accepts no new connection, answers open
   * requests, finishes deferred work, closes the stores.
   */
  stop(): Promise<void>;
}

export interface NodeOptions {
  readonly env: EnvironmentRecord;
  /** The settings of `env`, where they were loaded already. */
  readonly loaded?: LoadedNodeSettings;
  /** Takes one log line. */
  write(line: string): void;
}

/** Time for requests and deferred sends after DRAIN_DELAY; the rest of 10 s is for closing. */
const DRAIN_MS = 9_000;

const faultLog =
  (log: Log) =>
  (thrown: unknown): void =>
    log.write("error", "short-way", describeThrown(thrown));

/** Starts the gateway on Node. Throws StartError for a fault of the operator. */
export async function startNode(options: NodeOptions): Promise<RunningNode> {
  const loaded = options.loaded ?? (await loadNodeSettings(options.env));
  const { connections, server: place } = loaded.settings;
  const { host, port, trustedProxies } = place;
  // Before the stores: a second gateway on one port fails here, and leaves no trace.
  const server = await listen(host, port, { ...connections, trustedProxies });
  try {
    // PORT=0 takes a free port, which PUBLIC_URL and the issuer must name.
    const moved = server.port !== port;
    const env = { ...options.env, PORT: `${server.port}` };
    return await serveOn(server, moved ? await loadNodeSettings(env) : loaded, options.write);
  } catch (error) {
    await server.stop(0);
    throw error;
  }
}

/** Without trusted proxies, the balancer that ends TLS is the address of every customer. */
export function trustWarnings({
  environment,
  server,
}: CompleteSettings): readonly SettingProblem[] {
  if (environment !== "production" || server.trustedProxies.length > 0) return [];
  const reason = "is empty: behind a proxy, all customers share the limits of one address";
  return [{ setting: "TRUSTED_PROXIES", reason }];
}

async function serveOn(
  server: NodeServer,
  { settings, warnings }: LoadedNodeSettings,
  write: NodeOptions["write"],
): Promise<RunningNode> {
  const { backend, close, forwardAuth, gateway, runtime, ...parts } = await nodeGateway(
    settings,
    write,
  );
  const { log } = gateway;
  try {
    await checkTestPhones(gateway);
  } catch (error) {
    await close();
    throw error;
  }
  for (const { setting, reason } of [...warnings, ...trustWarnings(settings)]) {
    log.write("warn", "setting", { setting, reason });
  }
  const { connections, environment, server: place } = settings;
  let leaving = false;
  const site = {
    ...place,
    issuer: settings.accessTokens.issuer,
    ...parts,
    homePage: await homePage(settings),
    isLeaving: () => leaving,
  };
  const platform = { peerOf, rawHeadOf, warnsOfForwardedFor: true };
  const { answer, app } = createEntrances({ gateway, site, backend, forwardAuth, ...platform });
  const short = shortWay(answer, faultLog(log));
  server.serve(app.fetch, log, unreadAnswers(site, log, runtime), short);
  log.write("info", "started", { port: server.port, environment });
  freeAtRest();
  return {
    settings,
    log,
    async stop() {
      leaving = true;
      server.leave();
      await runtime.sleep(connections.drainDelayMs);
      const deadline = runtime.now() + DRAIN_MS;
      const unanswered = await server.stop(DRAIN_MS);
      const undone = await runtime.drain(Math.max(0, deadline - runtime.now()));
      log.write(unanswered + undone > 0 ? "warn" : "info", "stopped", { unanswered, undone });
      await close();
    },
  };
}
