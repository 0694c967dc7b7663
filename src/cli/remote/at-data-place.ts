import { appendFileSync, closeSync, mkdirSync, openSync } from "node:fs";
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
    const log = auditFile(file("audit.log"));
    const audit = io.progress === undefined ? gateway.audit : log.audit;
    const ports: DataPorts = {
      audit,
      directory: gateway.directory,
      rules: gateway.rules,
      runtime: gateway.runtime,
      endSessions: (userId) => endSessionsOf({ ...gateway, audit }, userId),
    };
    try {
      return await command({
        ports,
        database: databaseOf(store),
        values: store.mongoUrl === null ? JSON_VALUES : await valuesOfMongo(),
        file,
        inRun: () => ports,
      });
    } finally {
      log.close();
    }
  });
}

/**
 * The audit lines of commands at a terminal, for their owner only. The file is opened at the first
 * line. Each line is with the system before the next write of the run, so a kill loses none.
 */
function auditFile(path: string): { readonly audit: Audit; close(): void } {
  let file: number | null = null;
  const write = (line: string) => {
    if (file === null) {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      file = openSync(path, "a", 0o600);
    }
    appendFileSync(file, `${line}\n`);
  };
  return {
    audit: logAudit({ now: Date.now, write }),
    close: () => {
      if (file !== null) closeSync(file);
    },
  };
}

async function valuesOfMongo(): Promise<StoredValues> {
  return (await import("../../adapters/mongo/stored-values.ts")).mongoValues;
}
