import { logAudit } from "../../adapters/console/audit.ts";
import { jsonLog } from "../../adapters/console/log.ts";
import { durableCeilings } from "../../adapters/durable/ceilings.ts";
import { durableDirectory, durableOwnership } from "../../adapters/durable/directory.ts";
import type { DirectoryRemote } from "../../adapters/durable/directory-calls.ts";
import { durableLimits } from "../../adapters/durable/limits.ts";
import type { CeilingsCalls } from "../../adapters/durable/objects/ceilings-object.ts";
import type { LimitsCalls } from "../../adapters/durable/objects/limits-object.ts";
import type { StateCalls } from "../../adapters/durable/objects/state-object.ts";
import type { ObjectNamespace } from "../../adapters/durable/platform.ts";
import { durableState } from "../../adapters/durable/state.ts";
import { JSON_VALUES } from "../../core/runs/write-image.ts";
import { createKeyring } from "../../core/secrets/keyring.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { createProcessState } from "../../flows/state/process-state.ts";
import type { ForwardAuth } from "../../http/proxied/answer-forward.ts";
import type { Log } from "../../ports/log.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { OpenProvider } from "../../ports/sms.ts";
import type { Backend } from "../../proxy/backend.ts";
import type { CompleteSettings } from "../shared/complete-settings.ts";
import { needsPolicy, openForwardAuth } from "../shared/open-forward-auth.ts";
import { openTokens } from "../shared/open-tokens.ts";
import { bundledPolicy, workerBackend } from "./worker-backend.ts";
import { printLine } from "./worker-console.ts";
import { workerRuntime } from "./worker-runtime.ts";

/** The Durable Objects that wrangler.toml binds. */
export interface WorkerObjects {
  readonly STATE: ObjectNamespace<StateCalls>;
  readonly LIMITS: ObjectNamespace<LimitsCalls>;
  readonly CEILINGS: ObjectNamespace<CeilingsCalls>;
  readonly DIRECTORY: ObjectNamespace<DirectoryRemote>;
}

/** The parts that differ between production and development. */
export interface WorkerParts {
  /** The number of directory objects that share the work. */
  readonly directoryObjects: number;
  openSender(
    settings: CompleteSettings,
    runtime: Runtime,
    log: Log,
  ): OpenProvider | Promise<OpenProvider>;
}

export interface WorkerGateway extends Omit<OpenProvider, "sender" | "readReport"> {
  readonly gateway: Gateway;
  readonly backend: Backend | null;
  readonly forwardAuth: ForwardAuth | null;
}

/** The gateway's parts on Workers; it holds nothing that belongs to a single request. */
export async function workerGateway(
  settings: CompleteSettings,
  objects: WorkerObjects,
  { directoryObjects, openSender }: WorkerParts,
): Promise<WorkerGateway> {
  const { keys, limits, logLevel, objectLocation: locationHint, rules } = settings;
  const log = jsonLog({ level: logLevel, now: Date.now, write: printLine });
  const runtime = workerRuntime(log);
  const policy = needsPolicy(settings) ? bundledPolicy() : null;
  const budgets = { ...limits, ...policy?.limits };
  const keyring = createKeyring(keys.secretKeys, keys.indexKey);
  const place = { objects: directoryObjects, locationHint, now: runtime.now };
  const { deliveryReports, outbox, sender, voiceCalls } = await openSender(settings, runtime, log);
  const gateway: Gateway = {
    keyring,
    log,
    rules,
    runtime,
    sender,
    process: createProcessState(runtime),
    ...(await openTokens(settings, runtime.now)),
    directory: durableDirectory(objects.DIRECTORY, place),
    // The object has made JSON of them already.
    wireValues: JSON_VALUES,
    ownership: durableOwnership(objects.DIRECTORY, place),
    state: durableState(objects.STATE, { locationHint }),
    ceilings: durableCeilings(objects.CEILINGS, {
      budgets: settings.ceilings,
      hash: keyring.limitKey,
      now: runtime.now,
      locationHint,
    }),
    limits: durableLimits(objects.LIMITS, budgets, keyring.limitKey, {
      locationHint,
      now: runtime.now,
    }),
    audit: logAudit({ now: runtime.now, write: printLine }),
  };
  const backend = workerBackend(settings, policy, gateway);
  const forwardAuth = openForwardAuth(settings, policy, gateway);
  return { gateway, backend, forwardAuth, deliveryReports, outbox, voiceCalls };
}
