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
  const lowest = LEVELS.indexOf(least);
  const timeOf = clock();
  return {
    write(level, event, fields) {
      if (LEVELS.indexOf(level) < lowest) return;
      const line: Record<string, LogFields[string]> = { time: timeOf(now()), level, event };
      // The last line of defence: callers log no secret, but an id of the legacy data may be a phone.
      for (const name in fields) {
        const value = fields[name];
        line[name] = typeof value === "string" && !OURS.has(name) ? redacted(value) : value;
      }
      write(JSON.stringify(line));
    },
  };
}

/** Many lines have the time of one millisecond. */
function clock(): (at: number) => string {
  let [known, text] = [Number.NaN, ""];
  return (at) => {
    if (at !== known) [known, text] = [at, new Date(at).toISOString()];
    return text;
  };
}

/** Texts that need no redaction, such as methods and patterns of routes: most lines hold only these. */
const clean = new Set<string>();
const MOST_CLEAN = 1_000;
const LONGEST_CLEAN = 100;

function redacted(text: string): string {
  if (clean.has(text)) return text;
  const safe = redact(text);
  if (safe === text && text.length <= LONGEST_CLEAN && clean.size < MOST_CLEAN) clean.add(text);
  return safe;
}
