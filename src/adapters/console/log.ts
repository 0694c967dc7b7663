import { redact } from "../../core/redact.ts";
import type { Log, LogFields, LogLevel } from "../../ports/log.ts";

const LEVELS: readonly (LogLevel | "silent")[] = ["debug", "info", "warn", "error", "silent"];

/** Fields with values of our own making, which redaction might take for a secret. */
const OURS: ReadonlySet<string> = new Set([
  "request_id",
  "phone_key",
  "session_id",
  "message_id",
  "run_id",
]);

export interface JsonLogOptions {
  readonly level: LogLevel | "silent";
  now(): number;
  /** Takes one line, without its line break. */
  write(line: string): void;
}

/** One JSON line for each event of the given level or above. */
export function jsonLog({ level: least, now, write }: JsonLogOptions): Log {
  return {
    write(level, event, fields = {}) {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return;
      const time = new Date(now()).toISOString();
      write(JSON.stringify({ time, level, event, ...redacted(fields) }));
    },
  };
}

/** The last line of defence: callers log no secret, but an id of the legacy data may be a phone. */
function redacted(fields: LogFields): LogFields {
  const entries = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string" && !OURS.has(name) ? redact(value) : value,
  ]);
  return Object.fromEntries(entries);
}
