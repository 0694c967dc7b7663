import { fail, ok, type Result } from "../result.ts";

/** The columns of `doorstep audit --csv` that `doorstep decide` reads; others are for the person. */
export const DECISION_COLUMNS = ["customer_id", "user_id", "digest", "decision"] as const;

/** `link`: the row's user is the customer's; `new`: the customer gets a new user. */
type DecidedWord = "link" | "new" | "leave";

const DECISIONS: ReadonlySet<string> = new Set<DecidedWord>(["link", "new", "leave"]);

/** A line of a CSV as text. `line` is its number in the file, with the header as the first. */
export interface CsvLine {
  readonly line: number;
  readonly cells: Readonly<Record<string, string>>;
}

export interface DecisionRow {
  readonly line: number;
  readonly customerId: string;
  /** Empty where the row names no user. */
  readonly userId: string;
  readonly digest: string;
  /** Null: the person has not decided. */
  readonly decision: DecidedWord | null;
}

export interface LineFault {
  readonly line: number;
  /** The end of a sentence; it never repeats a cell. */
  readonly fault: string;
}

/**
 * The spreadsheet's protection against formulas, taken off again: `audit --csv` writes an
 * apostrophe before a cell that a spreadsheet would run.
 */
export const plainCell = (cell: string): string => cell.replace(/^'(?=[=+\-@\t\r])/, "");

/** Judges all rows before the first write: a file with one fault changes nothing. */
export function readDecisions(
  lines: readonly CsvLine[],
): Result<readonly DecisionRow[], readonly LineFault[]> {
  const read = lines.map(rowOf);
  const faults = read.flatMap((row) => ("fault" in row ? [row] : []));
  const rows = read.flatMap((row) => ("fault" in row ? [] : [row]));
  const all = [...faults, ...contradictions(rows)].sort((a, b) => a.line - b.line);
  return all.length > 0 ? fail(all) : ok(rows);
}

function rowOf({ cells, line }: CsvLine): DecisionRow | LineFault {
  const cell = (name: string) => plainCell((cells[name] ?? "").trim());
  const word = cell("decision").toLowerCase();
  if (word !== "" && !DECISIONS.has(word)) {
    return { line, fault: "decision must be link, new, leave or empty" };
  }
  const decision = word === "" ? null : (word as DecidedWord);
  const row = { line, decision, digest: cell("digest") };
  const [customerId, userId] = [cell("customer_id"), cell("user_id")];
  const decides = decision === "link" || decision === "new";
  if (decides && customerId === "") return { line, fault: "customer_id is empty" };
  if (decision === "link" && userId === "") return { line, fault: "user_id is empty" };
  if (decides && row.digest === "") return { line, fault: "digest is empty: keep that column" };
  return { ...row, customerId, userId };
}

/** A customer is decided about once, and a user is linked once. */
function contradictions(rows: readonly DecisionRow[]): LineFault[] {
  const customers = new Map<string, number>();
  const users = new Map<string, number>();
  const faults: LineFault[] = [];
  for (const { customerId, decision, line, userId } of rows) {
    if (decision !== "link" && decision !== "new") continue;
    const earlier = customers.get(customerId);
    if (earlier !== undefined) {
      faults.push({ line, fault: `line ${earlier} decides about the same customer` });
    }
    customers.set(customerId, line);
    if (decision === "new") continue;
    const taken = users.get(userId);
    if (taken !== undefined) faults.push({ line, fault: `line ${taken} links the same user` });
    users.set(userId, line);
  }
  return faults;
}
