import type { AuditReport } from "../audit-report.ts";
import { type AuditLine, auditWords, nextLine, sinceLine } from "./audit-words.ts";
import { printable } from "./printable.ts";

export interface ScreenOptions {
  /** Columns of the terminal. */
  readonly width: number;
  /** Whether the terminal shows more than ASCII. */
  readonly isUtf8: boolean;
  readonly before: AuditReport | null;
}

const LONGEST_BAR = 20;
const SHORTEST_BAR = 5;
const LABEL = 24;
/** The fraction and the percentage on either side of the bar. */
const AROUND_BAR = 16;

/** The screen of `doorstep audit`: numbers first, one bar, the next command last. */
export function auditScreen(report: AuditReport, options: ScreenOptions): string {
  const { before, isUtf8, width } = options;
  const { backend, can, cannot, others } = auditWords(report);
  const looks = [...others, ...together(backend)];
  const { can_sign_in, customers } = report;
  const seconds = (report.took_ms / 1000).toFixed(1);
  const bar = barOf(can_sign_in / Math.max(1, customers), options);
  const lines = [
    `audit  ${report.database}  read only  ${seconds} s`,
    `${"Can sign in by phone".padEnd(LABEL)}${fraction(can_sign_in, customers)}  ${bar}`,
    ...linesOf(can),
    ...(can_sign_in === customers
      ? []
      : [`${"Cannot".padEnd(LABEL)}${`${customers - can_sign_in}`.padStart(7)}`]),
    ...linesOf(cannot),
    ...(looks.some(({ count }) => count > 0) ? ["Worth a look"] : []),
    ...linesOf(looks),
    ...(before === null ? [] : [sinceLine(before, report)]),
    nextLine(report),
  ];
  return `${lines
    .filter((line) => line !== null)
    .map((line) => cut(printable(line), width, isUtf8))
    .join("\n")}\n`;
}

const linesOf = (lines: readonly AuditLine[]): readonly string[] =>
  lines
    .filter(({ count }) => count > 0)
    .map(
      ({ advice, count, label }) =>
        `  ${label.padEnd(LABEL - 2)}${`${count}`.padStart(7)}  ${advice}`,
    );

/** Several faults of one kind as one line: their meaning stands in `--html`, each by itself. */
function together(lines: readonly AuditLine[]): readonly AuditLine[] {
  const present = lines.filter(({ count }) => count > 0);
  if (present.length < 2) return present;
  const count = present.reduce((sum, line) => sum + line.count, 0);
  const advice = present.map((line) => `${line.label} ${line.count}`).join(", ");
  return [{ label: "to mend in the backend", count, advice }];
}

const fraction = (part: number, whole: number): string => `${part}/${whole}`.padStart(7);

/** @param share 0 to 1 */
function barOf(share: number, { isUtf8, width }: ScreenOptions): string {
  const length = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, width - LABEL - AROUND_BAR));
  // A bar is full, and 100 % is said, only where all are.
  const filled = share === 1 ? length : Math.min(length - 1, Math.round(share * length));
  const percent = share === 1 ? 100 : Math.min(99, Math.round(share * 100));
  const [full, rest] = isUtf8 ? ["█", "░"] : ["#", "."];
  return `${full.repeat(filled)}${rest.repeat(length - filled)}  ${percent} %`;
}

function cut(line: string, width: number, isUtf8: boolean): string {
  const characters = [...line];
  if (characters.length <= width) return line;
  const end = isUtf8 ? "…" : "~";
  return `${characters.slice(0, Math.max(1, width - 1)).join("")}${end}`;
}
