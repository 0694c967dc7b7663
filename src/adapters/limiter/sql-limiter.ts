import RateLimiterSQLite from "rate-limiter-flexible/lib/RateLimiterSQLite.js";
import { patiently, type Sql, type SqlValue } from "../sqlite/sql.ts";
import type { LimiterStore } from "./limits.ts";

/** The library's table; `sqlite/schema.ts` makes it. */
const TABLE = "limits";

/**
 * Counts in SQLite, through the part of the library's better-sqlite3 interface that the library
 * calls. Its one statement is atomic by itself, so a transaction adds nothing.
 */
export function sqlLimiter(sql: Sql): LimiterStore {
  const storeClient = {
    prepare: (query: string) => ({
      get: (...values: SqlValue[]) => sql.all(query, ...values)[0],
      run: (...values: SqlValue[]) => sql.run(query, ...values),
    }),
    transaction: <T>(work: () => T) => work,
  };
  return {
    make: (options) =>
      new PatientLimiter(sql, {
        ...options,
        storeClient,
        storeType: "better-sqlite3",
        tableName: TABLE,
        tableCreated: true,
        clearExpiredByTimeout: false,
      }),
  };
}

/** Counts as the library does, and waits for other processes' locks without blocking this one. */
class PatientLimiter extends RateLimiterSQLite {
  readonly #sql: Sql;

  constructor(sql: Sql, options: ConstructorParameters<typeof RateLimiterSQLite>[0]) {
    super(options);
    this.#sql = sql;
  }

  override _upsert(...given: readonly unknown[]): Promise<unknown> {
    return patiently(this.#sql, "count", () => super._upsert(...given));
  }
}
