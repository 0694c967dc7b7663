import type { EnvironmentRecord } from "../../config/load-settings.ts";

/** Whether the terminal's locale shows more than ASCII (POSIX: the first of these that is set). */
export function isUtf8({ LANG, LC_ALL, LC_CTYPE }: EnvironmentRecord): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((value) => value !== undefined && value !== "");
  return /utf-?8/i.test(locale ?? "");
}
