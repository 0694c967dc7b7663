export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** Writes one JSON line for each event. Fields hold no phone, code, token or e-mail. */
export interface Log {
  write(level: LogLevel, event: string, fields?: LogFields): void;
}
