/**
 * A name or a user agent may hold any text: a terminal's commands, line ends, right-to-left marks.
 */
export const printable = (line: string): string =>
  line.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu, "?");

/** Lines for a terminal, with a newline at the end. */
export const screenOf = (lines: readonly string[]): string =>
  `${lines.map(printable).join("\n").trimEnd()}\n`;
