import { logAudit } from "../../adapters/console/audit.ts";
import { jsonLog } from "../../adapters/console/log.ts";
import { createKeyring } from "../../core/secrets/keyring.ts";
import type { Gateway } from "../../flows/gateway.ts";
import { checkDirectory } from "../../flows/otp/directory-health.ts";
import { forgetCodes } from "../../flows/otp/forget-codes.ts";
import { createProcessState } from "../../flows/state/process-state.ts";
import type { ForwardAuth } from "../../http/proxied/answer-forward.ts";
import type { DeliveryReports, Outbox, VoiceCalls } from "../../ports/sms.ts";
import type { Backend } from "../../proxy/backend.ts";
import type { CompleteSettings } from "../shared/complete-settings.ts";
import { openConsole } from "../shared/open-console.ts";
import { openForwardAuth } from "../shared/open-forward-auth.ts";
import { openProvider } from "../shared/open-provider.ts";
import { openTokens } from "../shared/open-tokens.ts";
import { nodePolicy, openBackend } from "./node-backend.ts";
import { nodeMac } from "./node-mac.ts";
import { type NodeRuntime, nodeRuntime } from "./node-runtime.ts";
import { openStores } from "./node-stores.ts";

/** The gateway's parts on Node, and those to close at the end. */
export interface NodeGateway {
  readonly gateway: Gateway;
  readonly runtime: NodeRuntime;
  readonly deliveryReports: DeliveryReports | null;
  readonly voiceCalls: VoiceCalls | null;
  readonly outbox: Outbox | null;
  readonly backend: Backend | null;
  readonly forwardAuth: ForwardAuth | null;
  close(): Promise<void>;
}

/** How often the directory is checked, so that no code request waits for one that is down. */
const DIRECTORY_CHECK_MS = 2_000;

/** Chooses the adapters for the settings. @param write takes one log line */
export async function nodeGateway(
  settings: CompleteSettings,
  write: (line: string) => void,
): Promise<NodeGateway> {
  const { environment, keys, logLevel, rules } = settings;
  const log = jsonLog({ level: logLevel, now: Date.now, write });
  const runtime = nodeRuntime(log);
  const tokens = await openTokens(settings, runtime.now);
  const keyring = createKeyring(keys.secretKeys, keys.indexKey, nodeMac);
  const policy = nodePolicy(settings);
  const limits = policy?.limits ?? {};
  const { close, ...stores } = await openStores(settings, limits, keyring, runtime, log);
  const { deliveryReports, outbox, sender, voiceCalls } = await (settings.smsProvider === "console"
    ? openConsole(runtime)
    : openProvider(settings, runtime, log));
  const gateway: Gateway = {
    ...stores,
    ...tokens,
    keyring,
    log,
    rules,
    runtime,
    sender,
    process: createProcessState(runtime),
    audit: logAudit({ now: runtime.now, write }),
  };
  const backend = await openBackend(settings, policy, gateway);
  const watch = setInterval(() => {
    void checkDirectory(gateway);
    void forgetCodes(gateway);
  }, DIRECTORY_CHECK_MS).unref();
  return {
    gateway,
    runtime,
    backend,
    forwardAuth: openForwardAuth(settings, policy, gateway),
    deliveryReports,
    voiceCalls,
    outbox: environment === "development" ? outbox : null,
    async close() {
      clearInterval(watch);
      await backend?.upstream.close();
      await close();
    },
  };
}
