import { statSync } from "node:fs";
import {
  DECISION_COLUMNS,
  type DecisionRow,
  decisionRowOf,
  isDecided,
  type LineFault,
  repeatedRecords,
} from "../core/linking/rows/decision-rows.ts";
import { fail, ok, type Result } from "../core/result.ts";
import { csvLines } from "./read-csv.ts";

/** A judged CSV of decisions, read anew for each pass: it may have a million rows. */
export interface DecisionSource {
  /** The rows that decide something. */
  readonly decided: number;
  readonly leave: number;
  readonly undecided: number;
  /** Those rows, in the order of the file. Throws `ChangedFile`. */
  rows(): AsyncGenerator<DecisionRow, void, void>;
}

/** The file is not as it was when it was judged. */
export class ChangedFile extends Error {
  override readonly name = "ChangedFile";
}

/** Judges the whole file before the first write: a file with one fault changes nothing. */
export async function judgeDecisions(
  path: string,
): Promise<Result<DecisionSource, readonly LineFault[]>> {
  const before = stampOf(path);
  const repeated = repeatedRecords();
  const faults: LineFault[] = [];
  const counts = { decided: 0, leave: 0, undecided: 0 };
  for await (const row of rowsOf(path)) {
    if ("fault" in row) faults.push(row);
    else {
      repeated.suspect(row);
      if (isDecided(row)) counts.decided++;
      else counts[row.decision === "leave" ? "leave" : "undecided"]++;
    }
  }
  if (repeated.hasSuspects()) {
    for await (const row of rowsOf(path)) {
      if (!("fault" in row)) faults.push(...repeated.faultsOf(row));
    }
  }
  if (faults.length > 0) return fail(faults.sort((a, b) => a.line - b.line));
  return ok({ ...counts, rows: () => decidedRows(path, before) });
}

async function* decidedRows(
  path: string,
  before: string | null,
): AsyncGenerator<DecisionRow, void, void> {
  // A spreadsheet saves while the question waits at the terminal.
  if (stampOf(path) !== before) throw new ChangedFile();
  for await (const row of rowsOf(path)) {
    if ("fault" in row) throw new ChangedFile();
    if (isDecided(row)) yield row;
  }
}

async function* rowsOf(path: string): AsyncGenerator<DecisionRow | LineFault, void, void> {
  for await (const line of csvLines(path, DECISION_COLUMNS)) {
    yield "fault" in line ? line : decisionRowOf(line);
  }
}

function stampOf(path: string): string | null {
  try {
    const { ino, mtimeMs, size } = statSync(path);
    return `${ino} ${mtimeMs} ${size}`;
  } catch {
    return null;
  }
}
