import RateLimiterSQLite from "rate-limiter-flexible/lib/RateLimiterSQLite.js";
import type { Sql, SqlValue } from "../sqlite/sql.ts";
import type { LimiterStore } from "./limits.ts";

/** The library's table; `sqlite/schema.ts` makes it. */
const TABLE = "limits";

/**
 * Counts in SQLite, through the part of the library's better-sqlite3 interface that the library
 * calls. Its every count is one call of `transaction`, and awaits the result.
 */
export function sqlLimiter(sql: Sql): LimiterStore {
  const storeClient = {
    prepare: (query: string) => ({
      get: (...values: SqlValue[]) => sql.all(query, ...values)[0],
      run: (...values: SqlValue[]) => sql.run(query, ...values),
    }),
    transaction:
      <T>(work: () => T) =>
      () =>
        sql.write("count", work),
  };
  return {
    make: (options) =>
      new RateLimiterSQLite({
        ...options,
        storeClient,
        storeType: "better-sqlite3",
        tableName: TABLE,
        tableCreated: true,
        clearExpiredByTimeout: false,
      }),
  };
}
