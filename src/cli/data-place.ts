import { dirname, join } from "node:path";
import type { NamedDatabase } from "../core/address/database-name.ts";
import type { StoredValues } from "../core/runs/write-image.ts";
import type { Gateway } from "../flows/gateway.ts";
import type { EndsSessions } from "../flows/operator/operate-sessions.ts";
import type { RunHeader } from "../ports/run-journal.ts";

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

/** A file or folder of commands, beside SQLITE_PATH. */
export const dataFile = (sqlitePath: string, name: string): string =>
  join(sqlitePath === ":memory:" ? ".data" : dirname(sqlitePath), name);
