import { jsonLog } from "../../adapters/console/log.ts";
import { pacedBody } from "../../adapters/workerd/paced-body.ts";
import type { Environment, SettingProblem } from "../../config/setting.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { createApp } from "../../http/create-app.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import { checkTestPhones } from "../shared/check-test-phones.ts";
import { StartError } from "../shared/start-error.ts";
import { printLine } from "./worker-console.ts";
import { type WorkerObjects, type WorkerParts, workerGateway } from "./worker-gateway.ts";
import { loadWorkerSettings, type WorkerBindings } from "./worker-settings.ts";

type App = ReturnType<typeof createApp>;

export interface WorkerKind<Env extends WorkerBindings> {
  readonly environment: Environment;
  /** The chosen ones of the bound objects, and their parts. */
  partsOf(env: Env): WorkerParts & { readonly objects: WorkerObjects };
}

/** The platform's value for a request to the app: its client's address. */
interface Platform {
  readonly peer: string | null;
}

/** Cloudflare overwrites the client's own value; X-Forwarded-For begins with the client's own. */
const ADDRESS_HEADER = "CF-Connecting-IP";
/** Wrong settings stay until the next deployment. */
const RETRY_AFTER_SECONDS = "60";
const RETRY_SOON_SECONDS = "5";

/**
 * The Worker's handler. With wrong settings it logs them once, and answers 503 to every request.
 */
export function workerHandler<Env extends WorkerBindings>(kind: WorkerKind<Env>) {
  // One for each isolate: cached refusals and tokens outlive a request.
  let app: App | null = null;
  let refused = false;
  let warned = false;
  const open = async (env: Env): Promise<App | null> => {
    try {
      return await openApp(kind, env);
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      report("not-started", error.message);
      return null;
    }
  };
  return {
    async fetch(request: Request, env: Env): Promise<Response> {
      if (app === null && !refused) {
        try {
          const opened = await open(env);
          // Requests that begin together each open one; the first that is ready serves all.
          app ??= opened;
          refused = app === null;
        } catch (error) {
          // A store that is down at the start may recover: the next request tries again.
          report("start-failed", error instanceof AdapterError ? error.message : "unexpected");
          return unavailable(RETRY_SOON_SECONDS);
        }
      }
      if (app === null) return unavailable(RETRY_AFTER_SECONDS);
      const platform: Platform = { peer: request.headers.get(ADDRESS_HEADER) };
      // Without an address, and with two, a client shares one limit with all others like it.
      if (!warned && (platform.peer === null || platform.peer.includes(","))) {
        warned = true;
        report("no-client-address", `${ADDRESS_HEADER} is missing or holds several addresses`);
      }
      return app.fetch(paced(request), platform);
    },
  };
}

/** A body whose client stalls ends, as on Node. */
function paced(request: Request): Request {
  if (request.body === null) return request;
  const duplex: { readonly duplex: "half" } = { duplex: "half" };
  return new Request(request, { ...duplex, body: pacedBody(request.body, { now: Date.now }) });
}

async function openApp<Env extends WorkerBindings>(kind: WorkerKind<Env>, env: Env): Promise<App> {
  const loaded = loadWorkerSettings(env, kind.environment);
  if (!loaded.ok) throw new StartError(sentences(loaded.failure));
  const { settings, warnings } = loaded.value;
  const { objects, ...parts } = kind.partsOf(env);
  const opened = await workerGateway(settings, objects, parts);
  const { backend, deliveryReports, forwardAuth, outbox, voiceCalls } = opened;
  const gateway = await withSoundTestPhones(opened.gateway);
  for (const { reason, setting } of warnings) {
    gateway.log.write("warn", "setting", { setting, reason });
  }
  const { accessTokens, server } = settings;
  const site = {
    ...server,
    issuer: accessTokens.issuer,
    outbox,
    deliveryReports,
    voiceCalls,
    limitsProbes: true,
  };
  const peerOf = (platform: unknown) => (platform as Platform).peer;
  return createApp({ gateway, site, backend, forwardAuth, peerOf, rawHeadOf: () => null });
}

/**
 * Another isolate may start at any moment: a test phone that now belongs to a person must not stop
 * the service. Such test phones no longer work, and the log says why.
 */
async function withSoundTestPhones(gateway: Gateway): Promise<Gateway> {
  try {
    await checkTestPhones(gateway);
    return gateway;
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    report("test-phones-refused", error.message);
    return { ...gateway, rules: { ...gateway.rules, testPhones: [] } };
  }
}

const sentences = (problems: readonly SettingProblem[]): string =>
  problems.map(({ reason, setting }) => `${setting} ${reason}`).join("; ");

/** Wrong settings may affect the log: this line depends on none. */
function report(event: string, reason: string): void {
  const log = jsonLog({ level: "error", now: Date.now, write: printLine });
  log.write("error", event, { reason });
}

function unavailable(retryAfterSeconds: string): Response {
  return new Response(null, {
    status: 503,
    headers: { "Retry-After": retryAfterSeconds, "Cache-Control": "no-store" },
  });
}
