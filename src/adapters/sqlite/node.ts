import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { AdapterError } from "../../ports/adapter-error.ts";
import { SCHEMA_STEPS } from "./schema.ts";
import type { Sql, SqlFault } from "./sql.ts";

export interface SqliteFile {
  readonly sql: Sql;
  /**
   * Runs work of the start, in which a statement may block the process while it waits for a lock.
   * At any other time a statement without the lock fails as `busy`, and `patiently` repeats it.
   */
  atStart<T>(work: () => T): T;
  /** May be called twice. Afterwards every statement is `unavailable`. */
  close(): void;
}

/** How long a statement waits for another process's lock during the start. */
const BUSY_TIMEOUT_MS = 2000;
const WAL_RETRY_MS = 20;
const OWNER_ONLY_FILE = 0o600;
const OWNER_ONLY_FOLDER = 0o700;

/** Primary result codes that may pass with time: https://www.sqlite.org/rescode.html */
const UNAVAILABLE_CODES: ReadonlySet<number> = new Set([
  10, // IOERR
  13, // FULL
  14, // CANTOPEN
  15, // PROTOCOL: lost a race for the WAL's locks
]);
/** BUSY and LOCKED: another connection holds the lock. */
const BUSY_CODES: ReadonlySet<number> = new Set([5, 6]);
/** CONSTRAINT_PRIMARYKEY and CONSTRAINT_UNIQUE */
const UNIQUE_CODES: ReadonlySet<number> = new Set([1555, 2067]);

/**
 * Opens the database at `path` (`:memory:` for a private one), creates the file and its folder for
 * this user only, and updates the schema. Other processes may have the file open.
 *
 * Throws AdapterError: `unavailable` where the file cannot be reached, `failed` where it is no
 * database or a newer version of the gateway wrote it.
 */
export function openSqlite(path: string): SqliteFile {
  let database: DatabaseSync | null = null;
  try {
    if (path !== ":memory:") createFile(path);
    database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    useWriteAheadLog(database);
    // Wrong tries and used codes are durable before the answer leaves, also through a power cut.
    database.exec("PRAGMA synchronous = FULL");
    const open = database;
    const sql = sqlOf(open);
    migrate(open, sql);
    const waitFor = (ms: number) => open.exec(`PRAGMA busy_timeout = ${ms}`);
    waitFor(0);
    return {
      sql,
      atStart(work) {
        waitFor(BUSY_TIMEOUT_MS);
        try {
          return work();
        } finally {
          waitFor(0);
        }
      },
      close: () => open.isOpen && open.close(),
    };
  } catch (error) {
    if (database?.isOpen) database.close();
    const mayPass = isFileError(error) || ["busy", "unavailable"].includes(faultOf(error));
    const kind = mayPass ? "unavailable" : "failed";
    throw new AdapterError("sqlite", "open", kind, { cause: error });
  }
}

/**
 * Made before SQLite does, which would make it readable for all; the files beside it copy its mode.
 */
function createFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: OWNER_ONLY_FOLDER });
  closeSync(openSync(path, "a", OWNER_ONLY_FILE));
  chmodSync(path, OWNER_ONLY_FILE);
}

/** SQLite does not always wait for locks during this switch, and processes may start together. */
function useWriteAheadLog(database: DatabaseSync): void {
  const until = performance.now() + BUSY_TIMEOUT_MS;
  for (;;) {
    try {
      database.exec("PRAGMA journal_mode = WAL");
      return;
    } catch (error) {
      if (!["busy", "unavailable"].includes(faultOf(error)) || performance.now() >= until)
        throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAL_RETRY_MS);
    }
  }
}

function migrate(database: DatabaseSync, sql: Sql): void {
  const version = () => Number(sql.all("PRAGMA user_version")[0]?.user_version);
  if (version() === SCHEMA_STEPS.length) return;
  sql.transaction(() => {
    // Read again: another process may have migrated while this one waited for the lock.
    if (version() > SCHEMA_STEPS.length) {
      throw new Error("the database was written by a newer version of doorstep");
    }
    for (const statement of SCHEMA_STEPS.slice(version()).flat()) database.exec(statement);
    database.exec(`PRAGMA user_version = ${SCHEMA_STEPS.length}`);
  });
}

function sqlOf(database: DatabaseSync): Sql {
  const prepared = new Map<string, StatementSync>();
  const statement = (query: string): StatementSync => {
    const known = prepared.get(query);
    if (known !== undefined) return known;
    const made = database.prepare(query);
    prepared.set(query, made);
    return made;
  };
  return {
    all: (query, ...values) => statement(query).all(...values),
    run: (query, ...values) => ({ changes: Number(statement(query).run(...values).changes) }),
    transaction(work) {
      // IMMEDIATE: a transaction that reads first and then needs the lock cannot wait for it.
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
    fault: faultOf,
  };
}

function faultOf(error: unknown): SqlFault {
  if (!(error instanceof Error) || !("code" in error)) return "failed";
  if (error.code === "ERR_INVALID_STATE") return "unavailable"; // closed
  if (!("errcode" in error) || typeof error.errcode !== "number") return "failed";
  if (UNIQUE_CODES.has(error.errcode)) return "unique";
  if (BUSY_CODES.has(error.errcode & 0xff)) return "busy";
  return UNAVAILABLE_CODES.has(error.errcode & 0xff) ? "unavailable" : "failed";
}

/** An error of `node:fs`, such as a folder without write permission. */
const isFileError = (error: unknown): boolean => error instanceof Error && "syscall" in error;
