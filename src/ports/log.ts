export type LogLevel = "debug" | "info" | "warn" | "error";
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** One JSON line an event. Fields hold no phone, code, token or e-mail (DESIGN rule 11). */
export interface Log {
  write(level: LogLevel, event: string, fields?: LogFields): void;
}
