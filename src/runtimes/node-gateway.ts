import { logAudit } from "../adapters/console/audit.ts";
import { jsonLog } from "../adapters/console/log.ts";
import { createKeyring } from "../core/keyring.ts";
import type { Gateway } from "../flows/gateway.ts";
import type { DeliveryReports, Outbox } from "../ports/sms.ts";
import { createAccessTokens } from "../tokens/access-tokens.ts";
import { createLegacyTokens } from "../tokens/legacy-tokens.ts";
import { PrivateJwksError } from "../tokens/private-jwks.ts";
import type { CompleteSettings } from "./complete-settings.ts";
import { type NodeRuntime, nodeRuntime } from "./node-runtime.ts";
import { openSender } from "./node-sender.ts";
import { openStores } from "./node-stores.ts";
import { StartError } from "./start-error.ts";

/** The gateway's parts on Node, and what must be put away at the end. */
export interface NodeGateway {
  readonly gateway: Gateway;
  readonly runtime: NodeRuntime;
  readonly deliveryReports: DeliveryReports | null;
  readonly outbox: Outbox | null;
  close(): Promise<void>;
}

/** Chooses the adapters that the settings ask for. @param write takes one log line */
export async function nodeGateway(
  settings: CompleteSettings,
  write: (line: string) => void,
): Promise<NodeGateway> {
  const { accessTokens, environment, keys, logLevel, proxy, rules } = settings;
  const log = jsonLog({ level: logLevel, now: Date.now, write });
  const runtime = nodeRuntime(log);
  const tokens = await createAccessTokens({
    ...accessTokens,
    jwks: keys.privateJwks,
    now: runtime.now,
  }).catch((error: unknown) => {
    throw error instanceof PrivateJwksError ? new StartError(error.message) : error;
  });
  const { issuer } = accessTokens;
  const { now } = runtime;
  const legacyTokens =
    proxy.jwtSecret === null
      ? null
      : await createLegacyTokens({ secret: proxy.jwtSecret, issuer, now });
  const keyring = createKeyring(keys.secretKeys, keys.indexKey);
  const { close, ...stores } = await openStores(settings, keyring, runtime, log);
  const { deliveryReports, outbox, sender } = await openSender(settings, runtime, log);
  return {
    gateway: {
      ...stores,
      ...{ keyring, legacyTokens, log, rules, runtime, sender, tokens },
      audit: logAudit({ now: runtime.now, write }),
    },
    runtime,
    deliveryReports,
    outbox: environment === "development" ? outbox : null,
    close,
  };
}
