import { AdapterError } from "../../ports/adapter-error.ts";

export type SqlValue = string | number | null;
export type Row = Readonly<Record<string, unknown>>;

/**
 * The meaning of a vendor's error. `unique`: a unique index refused. `busy`: another process holds
 * the lock, and nothing changed. The others as in AdapterError.
 */
export type SqlFault = "unique" | "busy" | "unavailable" | "failed";

/**
 * The part of SQLite that the adapter needs. `node:sqlite` and a Durable Object's `sql` both
 * implement it; neither can be interrupted between a call and its return, so nothing here awaits.
 */
export interface Sql {
  /** Runs one statement and returns its rows. */
  all(query: string, ...values: readonly SqlValue[]): Row[];
  /** Runs one statement; `changes` counts the rows that it inserted, updated or deleted. */
  run(query: string, ...values: readonly SqlValue[]): { readonly changes: number };
  /**
   * All of `work` or nothing. `work` must not await: other requests would enter the transaction.
   */
  transaction<T>(work: () => T): T;
  fault(error: unknown): SqlFault;
}

/** Runs `work` synchronously, and wraps the vendor's errors. */
export function sqliteAttempt<T>(sql: Pick<Sql, "fault">, operation: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw wrapped(sql, operation, error);
  }
}

/** The ports promise an answer within 3 s. */
const PATIENCE_MS = 2_000;
const LEAST_PAUSE_MS = 5;
const MOST_PAUSE_MS = 50;

/**
 * Runs `work`, and repeats it while another process holds the lock. The wait uses a timer: SQLite's
 * own wait would block this process, and with it every request that needs no lock. The pauses are
 * partly random, so that two processes do not meet again and again.
 *
 * @param work all or nothing: after a missed lock it runs again from its beginning
 */
export async function patiently<T>(
  sql: Pick<Sql, "fault">,
  operation: string,
  work: () => T | Promise<T>,
): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (let most = LEAST_PAUSE_MS; ; most = Math.min(2 * most, MOST_PAUSE_MS)) {
    try {
      return await work();
    } catch (error) {
      const isBusy = !(error instanceof AdapterError) && sql.fault(error) === "busy";
      if (!isBusy || performance.now() >= until) throw wrapped(sql, operation, error);
    }
    await pause(most * (0.5 + Math.random() / 2));
  }
}

function wrapped(sql: Pick<Sql, "fault">, operation: string, error: unknown): AdapterError {
  if (error instanceof AdapterError) return error;
  const fault = sql.fault(error);
  const kind = fault === "unavailable" || fault === "busy" ? "unavailable" : "failed";
  return new AdapterError("sqlite", operation, kind, { cause: error });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets waiting requests run: SQLite is synchronous, so a long job would block all of them. */
export const breathe = (): Promise<void> => pause(0);
