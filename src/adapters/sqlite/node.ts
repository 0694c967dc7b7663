import { chmodSync, closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { setImmediate, setTimeout } from "node:timers";
import { AdapterError } from "../../ports/adapter-error.ts";
import { groupCommit } from "./group-commit.ts";
import { SCHEMA_STEPS } from "./schema.ts";
import type { Sql, SqlFault } from "./sql.ts";

export interface SqliteFile {
  /** What it writes is on the disk before the write is acknowledged: codes, sessions, links. */
  readonly sql: Sql;
  /**
   * For limits and ceilings. A power cut may forget its last writes: it does not wait for the disk,
   * and leaves that to the next write of `sql`. The file stays whole all the same.
   */
  readonly limits: Sql;
  /**
   * Runs work of the start, in which a statement may block the process while it waits for a lock.
   * At any other time a statement without the lock fails as `busy`, and is repeated by a timer.
   */
  atStart<T>(work: () => T): T;
  /** Runs the waiting writes first. May be called twice. Then every statement is `unavailable`. */
  close(): void;
}

/** How long a statement waits for another process's lock during the start. */
const BUSY_TIMEOUT_MS = 2000;
const WAL_RETRY_MS = 20;
/**
 * The log is copied into the file when it has so many pages, 16 MB. A page that many logins write,
 * such as one of the ceilings, is copied once for all of them.
 */
const CHECKPOINT_PAGES = 4000;
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
  const opened: DatabaseSync[] = [];
  const open = () => {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
    opened.push(database);
    useWriteAheadLog(database);
    return database;
  };
  try {
    if (path !== ":memory:") createFile(path);
    const main = connectionOf(open(), "FULL");
    migrate(main);
    // A second connection to `:memory:` would be a second database.
    const limits = path === ":memory:" ? main : connectionOf(open(), "NORMAL");
    const connections = [main, limits];
    for (const { waitFor } of connections) waitFor(0);
    return {
      sql: main.sql,
      limits: limits.sql,
      atStart(work) {
        main.waitFor(BUSY_TIMEOUT_MS);
        try {
          return work();
        } finally {
          main.waitFor(0);
        }
      },
      close: () => {
        for (const { close } of connections) close();
      },
    };
  } catch (error) {
    for (const database of opened) if (database.isOpen) database.close();
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

function migrate({ database, sql }: SqliteConnection): void {
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

/** One open database. */
interface SqliteConnection {
  readonly database: DatabaseSync;
  readonly sql: Sql;
  /** How long a statement may block the process while it waits for a lock. */
  waitFor(ms: number): void;
  close(): void;
}

/**
 * @param synchronous FULL: wrong tries and used codes are durable before the answer leaves, also
 * through a power cut. With less than NORMAL a power cut could damage the file
 */
function connectionOf(database: DatabaseSync, synchronous: "FULL" | "NORMAL"): SqliteConnection {
  database.exec(`PRAGMA synchronous = ${synchronous}`);
  database.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  const statement = preparedOnce(database);
  const exec = (query: string) => void statement(query).run();
  const isTransaction = () => database.isOpen && database.isTransaction;
  const commits = groupCommit({ exec, isTransaction, fault: faultOf }, TURNS);
  const sql: Sql = {
    all: (query, ...values) => statement(query).all(...values),
    run: (query, ...values) => ({ changes: Number(statement(query).run(...values).changes) }),
    transaction(work) {
      // IMMEDIATE: a transaction that reads first and then needs the lock cannot wait for it.
      exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        exec("COMMIT");
        return result;
      } catch (error) {
        if (isTransaction()) exec("ROLLBACK");
        throw error;
      }
    },
    write: commits.write,
    fault: faultOf,
  };
  return {
    database,
    sql,
    waitFor: (ms) => database.exec(`PRAGMA busy_timeout = ${ms}`),
    close() {
      if (!database.isOpen) return;
      commits.flush();
      database.close();
    },
  };
}

/** The check phase of the event loop: every request that had arrived has had its turn. */
const TURNS = {
  soon: (task: () => void) => void setImmediate(task),
  later: (task: () => void, ms: number) => void setTimeout(task, ms),
};

function preparedOnce(database: DatabaseSync): (query: string) => StatementSync {
  const prepared = new Map<string, StatementSync>();
  return (query) => {
    const known = prepared.get(query);
    if (known !== undefined) return known;
    const made = database.prepare(query);
    prepared.set(query, made);
    return made;
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
