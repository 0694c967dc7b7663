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
   * All of `work` or nothing, at once. `work` must not await: other requests would enter the
   * transaction.
   */
  transaction<T>(work: () => T): T;
  /**
   * All of `work` or nothing, in a transaction that keeps other processes out and that other writes
   * may share. `work` must not await, and may run more than once: after a missed lock it runs again
   * from its beginning.
   *
   * @returns the result once it is durable
   * @throws AdapterError
   */
  write<T>(operation: string, work: () => T): Promise<T>;
  fault(error: unknown): SqlFault;
}

/** Runs `work` synchronously, and wraps the vendor's errors. */
export function sqliteAttempt<T>(sql: Pick<Sql, "fault">, operation: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw sqliteError(sql, operation, error);
  }
}

/** How long a call waits for a lock: the ports promise an answer within 3 s. */
export const PATIENCE_MS = 2_000;
const LEAST_PAUSE_MS = 5;
const MOST_PAUSE_MS = 50;

/**
 * The pauses between tries for a lock, in ms: partly random, so that two processes do not meet
 * again and again.
 *
 * @param missed how many tries have failed
 */
export const pauseAfter = (missed: number): number =>
  Math.min(LEAST_PAUSE_MS * 2 ** (missed - 1), MOST_PAUSE_MS) * (0.5 + Math.random() / 2);

/**
 * Reads, and repeats the reading where it meets a lock, as while another process restores the
 * write-ahead log. The wait uses a timer: SQLite's own wait would block this process, and with it
 * every request that needs no lock. A read never waits for a write.
 */
export async function patiently<T>(
  sql: Pick<Sql, "fault">,
  operation: string,
  read: () => T,
): Promise<T> {
  const until = performance.now() + PATIENCE_MS;
  for (let missed = 1; ; missed++) {
    try {
      return read();
    } catch (error) {
      if (sql.fault(error) !== "busy" || performance.now() >= until)
        throw sqliteError(sql, operation, error);
    }
    await pause(pauseAfter(missed));
  }
}

export function sqliteError(
  sql: Pick<Sql, "fault">,
  operation: string,
  error: unknown,
): AdapterError {
  if (error instanceof AdapterError) return error;
  const fault = sql.fault(error);
  const kind = fault === "unavailable" || fault === "busy" ? "unavailable" : "failed";
  return new AdapterError("sqlite", operation, kind, { cause: error });
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Lets waiting requests run: SQLite is synchronous, so a long job would block all of them. */
export const breathe = (): Promise<void> => pause(0);
