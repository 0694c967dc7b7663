import { existsSync, readFileSync } from "node:fs";
import { type EnvironmentRecord, loadSettings } from "../config/load-settings.ts";
import type { Settings } from "../config/schema.ts";
import { lastAudit } from "./audit-history.ts";
import type { AuditReport } from "./audit-report.ts";
import type { CommandOutput } from "./command-line.ts";
import { dataFile } from "./data-place.ts";
import { databaseOf } from "./database.ts";
import { countOf } from "./output/count.ts";
import { screenOf } from "./output/printable.ts";

/** The command to run next, and its reason. */
interface Next {
  readonly command: string;
  readonly because: string;
}

/**
 * `doorstep` alone: where this installation stands, and the next command. It opens no store and makes
 * no file, so that it answers at once wherever it is run.
 */
export function showStatus(io: CommandOutput, env: EnvironmentRecord): number {
  const loaded = loadSettings(env, { readFile: (path) => readFileSync(path, "utf8") });
  const lines = loaded.ok ? linesOf(loaded.value.settings) : faultLines(loaded.failure.length);
  const next = loaded.ok ? nextOf(loaded.value.settings) : DOCTOR_FIRST;
  io.out(
    screenOf([
      ...lines.map(([label, text]) => `${label.padEnd(10)}${text}`),
      "",
      `NEXT      doorstep ${next.command}   ${next.because}`,
      "          doorstep --help   all commands",
    ]),
  );
  return 0;
}

const DOCTOR_FIRST: Next = {
  command: "doctor",
  because: "names each setting that stops the start",
};

const faultLines = (count: number): readonly (readonly [string, string])[] => [
  ["settings", `${countOf(count, "fault")}: the gateway does not start`],
];

function linesOf(settings: Settings): readonly (readonly [string, string])[] {
  const { environment, proxy, smsProvider, store } = settings;
  const { shown } = databaseOf(store);
  const isNew = store.mongoUrl === null && !existsSync(store.sqlitePath);
  const upstream = proxy.upstreamUrl?.text ?? null;
  return [
    ["settings", `${environment}, messages by ${smsProvider}`],
    ["database", isNew ? `${shown} (not made yet)` : shown],
    ["codes in", store.redisUrl === null ? "SQLite, the same file" : "Redis"],
    ["audit", auditText(auditOf(store))],
    ["backend", upstream ?? "none: nothing is forwarded"],
  ];
}

function nextOf({ environment, store }: Settings): Next {
  const isTried = environment === "development" && store.mongoUrl === null;
  if (isTried && !existsSync(store.sqlitePath)) {
    return { command: "serve", because: "tries it here, with sample customers" };
  }
  const audit = auditOf(store);
  if (audit === null) return { command: "audit", because: "says how many customers can sign in" };
  return audit.next === null
    ? { command: "doctor", because: "checks this installation" }
    : { command: audit.next.replace(/^doorstep /, ""), because: "as the last audit says" };
}

/** The last audit of this database, from the file that `doorstep audit` keeps; null: there is none. */
const auditOf = (store: Settings["store"]): AuditReport | null =>
  lastAudit(dataFile(store.sqlitePath, "audit.json"), databaseOf(store).shown);

function auditText(audit: AuditReport | null): string {
  if (audit === null) return "none yet";
  const at = `${audit.at.slice(0, 16).replace("T", " ")} UTC`;
  return `${at}: ${audit.can_sign_in} of ${audit.customers} can sign in by phone`;
}
