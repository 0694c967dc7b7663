import { textFilter } from "../../text-filter.ts";

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
export const plainCell = (cell: string): string =>
  cell.replace(/^'(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/, "");

/** A row by itself; `repeatedRecords` compares the rows with each other. */
export function decisionRowOf({ cells, line }: CsvLine): DecisionRow | LineFault {
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

export const isDecided = ({ decision }: DecisionRow): boolean =>
  decision === "link" || decision === "new";

/** A customer is decided about once, and a user is linked once. */
export interface RepeatedRecords {
  /** For each row of a first reading. */
  suspect(row: DecisionRow): void;
  hasSuspects(): boolean;
  /** For each row of a second reading, in order. */
  faultsOf(row: DecisionRow): readonly LineFault[];
}

/**
 * Finds records that two rows name, in little memory for any number of rows: the first reading
 * suspects an id that a filter may have seen, and the second one compares the suspects exactly.
 */
export function repeatedRecords(): RepeatedRecords {
  const seen = textFilter();
  const suspects = new Map<string, number | null>();
  return {
    suspect(row) {
      for (const { id, kind } of namedBy(row)) {
        if (seen.mayHave(kind, id)) suspects.set(`${kind} ${id}`, null);
        seen.add(kind, id);
      }
    },
    hasSuspects: () => suspects.size > 0,
    faultsOf: (row) =>
      namedBy(row).flatMap(({ id, kind }) => {
        const name = `${kind} ${id}`;
        const earlier = suspects.get(name);
        if (earlier !== undefined) suspects.set(name, row.line);
        if (earlier === undefined || earlier === null) return [];
        const does =
          kind === "customer" ? "decides about the same customer" : "links the same user";
        return [{ line: row.line, fault: `line ${earlier} ${does}` }];
      }),
  };
}

function namedBy(row: DecisionRow) {
  if (!isDecided(row)) return [];
  const customer = { kind: "customer", id: row.customerId } as const;
  return row.decision === "link"
    ? [customer, { kind: "user", id: row.userId } as const]
    : [customer];
}
