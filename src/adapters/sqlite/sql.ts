import { AdapterError } from "../../ports/adapter-error.ts";

export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

/** What an error of the vendor means: `unique`, a unique index refused; the others as AdapterError has them. */
export type SqlFault = "unique" | "unavailable" | "failed";

/**
 * As much of SQLite as the adapter needs. `node:sqlite` and a Durable Object's `sql` both fit
 * behind it; neither can be interrupted between a call and its return, so nothing here awaits.
 */
export interface Sql {
  /** Runs one statement and gives its rows. */
  all(query: string, ...values: readonly SqlValue[]): Row[];
  /** Runs one statement; `changes` counts the rows that it inserted, updated or deleted. */
  run(query: string, ...values: readonly SqlValue[]): { readonly changes: number };
  /** Everything or nothing. `work` must not await: another request would get into the transaction. */
  transaction<T>(work: () => T): T;
  fault(error: unknown): SqlFault;
}

/** Runs `work`, wrapping whatever the vendor throws. */
export function attempt<T>(sql: Pick<Sql, "fault">, operation: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof AdapterError) throw error;
    const kind = sql.fault(error) === "unavailable" ? "unavailable" : "failed";
    throw new AdapterError("sqlite", operation, kind, { cause: error });
  }
}

/** Lets waiting requests run: SQLite is synchronous, so a long job would hold all of them. */
export const breathe = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
