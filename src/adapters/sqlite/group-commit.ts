import { AdapterError } from "../../ports/adapter-error.ts";
import { PATIENCE_MS, pauseAfter, type Sql, sqliteError } from "./sql.ts";

/** The transactions of one connection, as single statements. */
export interface GroupConnection {
  /** Runs one statement without parameters, such as COMMIT. */
  exec(statement: string): void;
  /** False where no transaction is open, as after a fault that ended the transaction. */
  isTransaction(): boolean;
  readonly fault: Sql["fault"];
}

/** When the waiting writes run. */
export interface Turns {
  /** Runs `task` after everything that this turn of the event loop still does. */
  soon(task: () => void): void;
  later(task: () => void, ms: number): void;
}

export interface GroupCommit {
  readonly write: Sql["write"];
  /** Runs the waiting writes now, up to the first missed lock: the connection is to be closed. */
  flush(): void;
}

/** The most writes of one transaction: a fault of the transaction is a fault of all of them. */
const MOST_MEMBERS = 64;

/** One waiting write. */
interface Member {
  readonly operation: string;
  /** By `performance.now`: from then on the write no longer waits for another process's lock. */
  readonly until: number;
  /** Does the work. @returns the answer to the caller, for the time after COMMIT */
  run(): () => void;
  reject(error: AdapterError): void;
}

/**
 * Group commit: the writes that wait in one turn of the event loop share one transaction, and so
 * one wait for the disk. They run in the order in which they came.
 *
 * - No write is answered before COMMIT has returned, a refused one neither: what refused it may
 *   itself be undone.
 * - A write that throws is undone alone, by its savepoint.
 * - A fault that ends the transaction, or of COMMIT, is `unavailable` for every member, although
 *   COMMIT may have taken effect: a caller that must know reads the record again.
 * - While another process holds the lock, nothing has run: all wait by a timer, with jitter, and
 *   newer writes join them. SQLite's own wait would block every request of this process.
 */
export function groupCommit(connection: GroupConnection, turns: Turns): GroupCommit {
  const waiting: Member[] = [];
  let isPlanned = false;
  let missed = 0;
  const plan = (wait: (task: () => void) => void) => {
    if (isPlanned || waiting.length === 0) return;
    isPlanned = true;
    wait(() => {
      isPlanned = false;
      runGroup();
    });
  };
  const runGroup = () => {
    if (waiting.length === 0) return;
    const isHeld = commitNext(connection, waiting) === "held";
    missed = isHeld ? missed + 1 : 0;
    plan(isHeld ? (task) => turns.later(task, pauseAfter(missed)) : turns.soon);
  };
  return {
    write: (operation, work) =>
      new Promise((resolve, reject) => {
        const until = performance.now() + PATIENCE_MS;
        const run = () => {
          const result = work();
          return () => resolve(result);
        };
        waiting.push({ operation, until, run, reject });
        plan(turns.soon);
      }),
    flush() {
      while (waiting.length > 0 && commitNext(connection, waiting) === "committed");
    },
  };
}

/** Commits the first of the waiting writes together, and tells their callers. */
function commitNext(connection: GroupConnection, waiting: Member[]): "committed" | "held" {
  const members = waiting.splice(0, MOST_MEMBERS);
  const answers = committed(connection, members);
  if (answers === "held") {
    const now = performance.now();
    // Put back at the front: two writes of one record keep their order.
    waiting.unshift(...members);
    const patient = waiting.filter(({ until }) => now < until);
    for (const { operation, reject } of waiting.filter(({ until }) => now >= until)) {
      reject(new AdapterError("sqlite", operation, "unavailable", { cause: "locked" }));
    }
    waiting.splice(0, waiting.length, ...patient);
    return answers;
  }
  for (const answer of answers) answer();
  return "committed";
}

/** Runs the members in one transaction. @returns their answers, refusals included */
function committed(
  connection: GroupConnection,
  members: readonly Member[],
): readonly (() => void)[] | "held" {
  let hasBegun = false;
  try {
    connection.exec("BEGIN IMMEDIATE");
    hasBegun = true;
    const answers = members.map((member) => runMember(connection, member));
    connection.exec("COMMIT");
    return answers;
  } catch (error) {
    rollBack(connection);
    if (connection.fault(error) === "busy") return "held";
    return members.map(({ operation, reject }) => {
      const refusal = hasBegun
        ? new AdapterError("sqlite", operation, "unavailable", { cause: error })
        : sqliteError(connection, operation, error);
      return () => reject(refusal);
    });
  }
}

/** A rollback that fails leaves a transaction open, in which the next BEGIN is refused. */
function rollBack(connection: GroupConnection): void {
  try {
    if (connection.isTransaction()) connection.exec("ROLLBACK");
  } catch {
    // The callers are told of the first fault.
  }
}

function runMember(connection: GroupConnection, member: Member): () => void {
  connection.exec("SAVEPOINT member");
  try {
    const answer = member.run();
    connection.exec("RELEASE member");
    return answer;
  } catch (error) {
    // Without its transaction every further statement would commit by itself.
    if (!connection.isTransaction() || connection.fault(error) === "busy") throw error;
    connection.exec("ROLLBACK TO member");
    connection.exec("RELEASE member");
    const refusal = sqliteError(connection, member.operation, error);
    return () => member.reject(refusal);
  }
}
