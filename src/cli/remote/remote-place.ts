import type { EnvironmentRecord } from "../../config/load-settings.ts";
import { loadSettings } from "../../config/load-settings.ts";
import type { UserId } from "../../core/ids.ts";
import { JSON_VALUES } from "../../core/runs/write-image.ts";
import type { GatewayRules } from "../../flows/gateway.ts";
import { TOLD_EVENTS } from "../../flows/operator/answer-records.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { AuditEvent } from "../../ports/audit.ts";
import type { Log } from "../../ports/log.ts";
import type { RunHeader } from "../../ports/run-journal.ts";
import { type NodeRuntime, nodeRuntime } from "../../runtimes/node/node-runtime.ts";
import type { CommandOutput } from "../command-line.ts";
import { type DataPlace, type DataPorts, dataFile } from "../data-place.ts";
import { readRemote, refusal } from "./operate.ts";
import { remoteDirectory } from "./remote-directory.ts";
import { RefusedByGateway, type RemoteRecords, remoteRecords } from "./remote-records.ts";

/** The commands tell what they do by themselves; the log of this machine has no reader. */
const SILENT: Log = { write: () => undefined };

/** Runs a command on the records of a running gateway, with ADMIN_TOKEN. */
export async function atRemotePlace(
  url: string,
  io: CommandOutput,
  env: EnvironmentRecord,
  command: (place: DataPlace) => Promise<number>,
): Promise<number> {
  const remote = readRemote(url, env, io);
  if (remote === null) return 2;
  const runtime = nodeRuntime(SILENT);
  const records = remoteRecords(remote, {
    sleep: runtime.sleep,
    onWait: (ms, why) => io.err(`${WAITS[why]} ${Math.ceil(ms / 1000)} s.\n`),
  });
  try {
    const { SQLITE_PATH: path = "" } = env;
    const place = await placeOf(records, runtime, {
      host: new URL(url).host,
      sqlitePath: path || ":memory:",
      onRefused: (count) => io.err(`${count} ${REFUSED}\n`),
    });
    const code = await command(place);
    await records.drain();
    return code;
  } catch (error) {
    if (error instanceof RefusedByGateway) return refused(io, error.code);
    if (!(error instanceof AdapterError)) throw error;
    io.err(`The gateway at ${remote.origin} ${error.operation}.\n`);
    return 3;
  }
}

const REFUSED =
  "refused: the gateway makes such a write, a list in a field for example, for no command. These records are left as they are; at the stores, without --gateway, the command writes them.";

const WAITS = {
  limit: "The gateway asks to wait",
  away: "The gateway does not answer. The next try is in",
} as const;

function refused(io: CommandOutput, code: string): number {
  if (code !== "not-found") return refusal(io, code);
  io.err(
    "The gateway shows no records: it runs without ADMIN_TOKEN or without ADMIN_RECORDS=on.\n",
  );
  return 2;
}

interface RemotePlaceOptions {
  readonly host: string;
  readonly sqlitePath: string;
  onRefused(count: number): void;
}

async function placeOf(
  records: RemoteRecords,
  runtime: NodeRuntime,
  { host, onRefused, sqlitePath }: RemotePlaceOptions,
): Promise<DataPlace> {
  const { about } = await records.ask({ call: "about" }, null);
  if (about === undefined) throw new RefusedByGateway("about");
  // The gateway's clock: times that are written, and ages, must not depend on this machine's.
  const ahead = about.now - runtime.now();
  const clock = { ...runtime, now: () => runtime.now() + ahead };
  const rules: GatewayRules = { ...defaultRules(), ...about.rules };
  const portsOf = (run: RunHeader | null): DataPorts => ({
    rules,
    runtime: clock,
    audit: { record: (event) => tell(records, run, event) },
    directory: remoteDirectory({ records, run, now: clock.now, onRefused }),
    async endSessions(user_id: UserId) {
      await records.ask({ call: "end-sessions", user_id }, run);
    },
  });
  return {
    ports: portsOf(null),
    database: { name: host, shown: `the stores of the gateway ${host}` },
    values: JSON_VALUES,
    file: (name) => dataFile(sqlitePath, name),
    inRun: portsOf,
  };
}

/** The gateway's audit has its own line for each write; a told event adds the command's words. */
function tell(records: RemoteRecords, run: RunHeader | null, event: AuditEvent): void {
  const name = TOLD_EVENTS.find((one) => one === event.name);
  if (name === undefined || run === null) return;
  const { customerId: customer_id, detail, userId: user_id } = event;
  const told = {
    ...(customer_id === undefined ? {} : { customer_id }),
    ...(user_id === undefined ? {} : { user_id }),
    ...(detail === undefined ? {} : { detail }),
  };
  // The port never throws; the calls that write fail by themselves.
  void records.ask({ call: "tell", name, ...told }, run).catch(() => undefined);
}

/** Rules of this machine that no command for the data reads. */
function defaultRules(): GatewayRules {
  const loaded = loadSettings({});
  if (!loaded.ok) throw new TypeError("the defaults are settings");
  return loaded.value.settings.rules;
}
