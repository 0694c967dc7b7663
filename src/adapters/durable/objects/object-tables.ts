import { type Sql, type SqlFault, sqliteAttempt } from "../../sqlite/sql.ts";
import { platformFault } from "../../workerd/platform-fault.ts";
import type { ObjectStorage } from "../platform.ts";

/** An object's own SQLite. Each object has a database to itself, so tables need no other index. */
export interface ObjectTables {
  readonly sql: Sql;
  /** False for an object without a write: a read must leave nothing behind. */
  exist(): boolean;
  /** Makes the missing tables; call before each write. */
  make(): void;
  /** Deletes everything, the alarm included: the object costs nothing until the next write. */
  drop(): Promise<void>;
}

/** The key of the object's schema version in its storage. */
const VERSION_KEY = "schema";

/** @param steps statements that lead from version N to N + 1; a released step never changes */
export function objectTables(
  storage: ObjectStorage,
  steps: readonly (readonly string[])[],
): ObjectTables {
  const sql = objectSql(storage);
  let version: number | null = null;
  const current = (): number => {
    version ??= Number(storage.kv.get(VERSION_KEY) ?? 0);
    return version;
  };
  return {
    sql,
    exist: () => current() > 0,
    make() {
      if (current() === steps.length) return;
      if (current() > steps.length) {
        throw new Error("the object was written by a newer version of doorstep");
      }
      sql.transaction(() => {
        for (const statement of steps.slice(current()).flat()) sql.run(statement);
        storage.kv.put(VERSION_KEY, steps.length);
      });
      version = steps.length;
    },
    async drop() {
      version = null;
      await storage.deleteAll();
    },
  };
}

function objectSql(storage: ObjectStorage): Sql {
  const all: Sql["all"] = (query, ...values) => storage.sql.exec(query, ...values).toArray();
  return {
    all,
    run(query, ...values) {
      all(query, ...values);
      // The cursor's own count includes the index's rows.
      return { changes: Number(all("SELECT changes() AS n")[0]?.["n"]) };
    },
    transaction: (work) => storage.transactionSync(work),
    // The platform holds every answer back until the writes before it are durable.
    write: async (operation, work) =>
      sqliteAttempt({ fault: faultOf }, operation, () => storage.transactionSync(work)),
    fault: faultOf,
  };
}

function faultOf(error: unknown): SqlFault {
  const text = error instanceof Error ? error.message : "";
  if (text.includes("UNIQUE constraint failed")) return "unique";
  return platformFault(error) === null ? "failed" : "unavailable";
}
