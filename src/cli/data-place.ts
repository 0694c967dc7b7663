import { dirname, join } from "node:path";
import type { EnvironmentRecord } from "../config/load-settings.ts";
import type { NamedDatabase } from "../core/address/database-name.ts";
import { JSON_VALUES, type StoredValues } from "../core/runs/write-image.ts";
import type { Gateway } from "../flows/gateway.ts";
import { type EndsSessions, endSessionsOf } from "../flows/operator/operate-sessions.ts";
import type { RunHeader } from "../ports/run-journal.ts";
import type { CommandOutput } from "./command-line.ts";
import { databaseOf } from "./database.ts";
import { withGateway } from "./remote/command-gateway.ts";

/** The parts of a gateway that the commands for the data work with. */
export type DataPorts = Pick<Gateway, "audit" | "directory" | "rules" | "runtime"> & EndsSessions;

/** Where a command for the data reads and writes: stores of its own settings, or a gateway's. */
export interface DataPlace {
  readonly ports: DataPorts;
  readonly database: NamedDatabase;
  /** The values of the before-images. */
  readonly values: StoredValues;
  /** A file or folder of commands, on this machine. */
  file(name: string): string;
  /** The same ports for a run that writes: a gateway writes for no command without a run. */
  inRun(header: RunHeader): DataPorts;
}

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
    const { atRemotePlace } = await import("./remote/remote-place.ts");
    return atRemotePlace(url, io, env, command);
  }
  return withGateway(env, io, async (gateway, { store }) => {
    const ports: DataPorts = {
      audit: gateway.audit,
      directory: gateway.directory,
      rules: gateway.rules,
      runtime: gateway.runtime,
      endSessions: (userId) => endSessionsOf(gateway, userId),
    };
    return command({
      ports,
      database: databaseOf(store),
      values: store.mongoUrl === null ? JSON_VALUES : await valuesOfMongo(),
      file: (name) => dataFile(store.sqlitePath, name),
      inRun: () => ports,
    });
  });
}

/** A file or folder of commands, beside SQLITE_PATH. */
export const dataFile = (sqlitePath: string, name: string): string =>
  join(sqlitePath === ":memory:" ? ".data" : dirname(sqlitePath), name);

async function valuesOfMongo(): Promise<StoredValues> {
  return (await import("../adapters/mongo/stored-values.ts")).mongoValues;
}
