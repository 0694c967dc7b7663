import { logAudit } from "../adapters/console/audit.ts";
import { jsonLog } from "../adapters/console/log.ts";
import { consoleSender } from "../adapters/console/sender.ts";
import { sqliteDirectory } from "../adapters/sqlite/directory.ts";
import { openSqlite } from "../adapters/sqlite/node.ts";
import { seedDirectory } from "../adapters/sqlite/seed.ts";
import { sqliteState } from "../adapters/sqlite/state.ts";
import { createKeyring } from "../core/keyring.ts";
import type { Gateway } from "../flows/gateway.ts";
import type { Outbox } from "../ports/sms.ts";
import { createAccessTokens } from "../tokens/access-tokens.ts";
import { PrivateJwksError } from "../tokens/private-jwks.ts";
import { type NodeRuntime, nodeRuntime } from "./node-runtime.ts";
import { type CompleteSettings, StartError } from "./node-settings.ts";
import { readSample } from "./sample-data.ts";

/** The gateway's parts on Node, and what must be put away at the end. */
export interface NodeGateway {
  readonly gateway: Gateway;
  readonly runtime: NodeRuntime;
  readonly outbox: Outbox | null;
  close(): void;
}

const SWEEP_MS = 10 * 60_000;

/** Chooses the adapters that the settings ask for. @param write takes one log line */
export async function nodeGateway(
  settings: CompleteSettings,
  write: (line: string) => void,
): Promise<NodeGateway> {
  const { accessTokens, environment, keys, logLevel, rules, store } = settings;
  const log = jsonLog({ level: logLevel, now: Date.now, write });
  const runtime = nodeRuntime(log);
  const tokens = await createAccessTokens({
    ...accessTokens,
    jwks: keys.privateJwks,
    now: runtime.now,
  }).catch((error: unknown) => {
    throw error instanceof PrivateJwksError ? new StartError(error.message) : error;
  });
  const file = openSqlite(store.sqlitePath);
  if (environment === "development") seedDirectory(file.sql, readSample(), runtime);
  const state = sqliteState(file.sql, runtime);
  const sweeping = setInterval(
    () => runtime.defer("sweep", async () => void (await state.sweep(runtime.now()))),
    SWEEP_MS,
  ).unref();
  const sender = consoleSender(runtime);
  return {
    gateway: {
      directory: sqliteDirectory(file.sql, runtime),
      ...{ log, rules, runtime, sender, state, tokens },
      audit: logAudit({ now: runtime.now, write }),
      keyring: createKeyring(keys.secretKeys, keys.indexKey),
    },
    runtime,
    outbox: environment === "development" ? sender : null,
    close() {
      clearInterval(sweeping);
      file.close();
    },
  };
}
