import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { logAudit } from "../../adapters/console/audit.ts";
import type { EnvironmentRecord } from "../../config/load-settings.ts";
import { JSON_VALUES, type StoredValues } from "../../core/runs/write-image.ts";
import { endSessionsOf } from "../../flows/operator/operate-sessions.ts";
import type { Audit } from "../../ports/audit.ts";
import type { CommandOutput } from "../command-line.ts";
import { type DataPlace, type DataPorts, dataFile } from "../data-place.ts";
import { databaseOf } from "../database.ts";
import { withGateway } from "./command-gateway.ts";

/**
 * Runs a command on its data: where `--gateway` is given, through that gateway.
 *
 * @returns the command's exit code, or 3 where a store or the gateway is unreachable
 */
export async function atDataPlace(
  url: string | undefined,
  io: CommandOutput,
  env: EnvironmentRecord,
  command: (place: DataPlace) => Promise<number>,
): Promise<number> {
  if (url !== undefined) {
    const { atRemotePlace } = await import("./remote-place.ts");
    return atRemotePlace(url, io, env, command);
  }
  return withGateway(env, io, async (gateway, { store }) => {
    const file = (name: string) => dataFile(store.sqlitePath, name);
    // A person at a terminal reads the command's own words, and a collector reads its lines.
    const audit = io.progress === undefined ? gateway.audit : auditFile(file("audit.log"));
    const ports: DataPorts = {
      audit,
      directory: gateway.directory,
      rules: gateway.rules,
      runtime: gateway.runtime,
      endSessions: (userId) => endSessionsOf({ ...gateway, audit }, userId),
    };
    return command({
      ports,
      database: databaseOf(store),
      values: store.mongoUrl === null ? JSON_VALUES : await valuesOfMongo(),
      file,
      inRun: () => ports,
    });
  });
}

/** The audit lines of commands at a terminal, for their owner only. */
function auditFile(path: string): Audit {
  const write = (line: string) => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    appendFileSync(path, `${line}\n`, { mode: 0o600 });
  };
  return logAudit({ now: Date.now, write });
}

async function valuesOfMongo(): Promise<StoredValues> {
  return (await import("../../adapters/mongo/stored-values.ts")).mongoValues;
}
