import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { sqliteDirectory } from "../../../src/adapters/sqlite/directory.ts";
import { type GroupConnection, groupCommit } from "../../../src/adapters/sqlite/group-commit.ts";
import type { Sql } from "../../../src/adapters/sqlite/sql.ts";
import { sqliteState } from "../../../src/adapters/sqlite/state.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { walCommits } from "../../support/stores/wal-commits.ts";
import { hex } from "../directory/directory-instance.ts";
import { randomBytes, sqliteFolder } from "./sqlite-files.ts";

const WRITER = fileURLToPath(new URL("./sqlite-writer.ts", import.meta.url));
const OPTIONS = { now: Date.now, randomBytes };
const FRESH = { expect: null, expiresAt: Date.now() + 3_600_000 };

/** A database, and the number of transactions that wrote to it since the last question. */
async function countedFile() {
  const folder = await sqliteFolder();
  const { limits, sql } = folder.open();
  const transactions = await walCommits({ limits, sql }, folder.path);
  return { folder, limits, sql, state: sqliteState(sql, OPTIONS), transactions };
}

const writeMany = (sql: Sql, count: number, prefix = "key") => {
  const state = sqliteState(sql, OPTIONS);
  return Promise.allSettled(
    Array.from({ length: count }, (_, n) => state.write(`${prefix}-${n}`, n, FRESH)),
  );
};

const kindsOf = (settled: readonly PromiseSettledResult<unknown>[]) =>
  settled.map((result) =>
    result.status === "fulfilled" || !(result.reason instanceof AdapterError)
      ? result.status
      : result.reason.kind,
  );

describe("group commit", () => {
  it("group commit puts the writes of one turn into one transaction, of at most 64", async () => {
    const { sql, transactions } = await countedFile();
    await writeMany(sql, 20, "a");
    expect(await transactions()).toBe(1);
    await writeMany(sql, 130, "b");
    expect(await transactions()).toBe(3);
  });

  it("group commit covers state and directory alike", async () => {
    const { sql, state, transactions } = await countedFile();
    const directory = sqliteDirectory(sql, OPTIONS);
    const answers = await Promise.all([
      state.write("key", 1, FRESH),
      directory.insertUser(hex(1), { id: "u-1" }),
      directory.insertUser(hex(1), { id: "u-2" }),
      directory.insertCustomer(hex(2), { id: "c-1" }),
    ]);
    expect(answers.slice(1)).toEqual(["inserted", "duplicate-key", "inserted"]);
    expect(await transactions()).toBe(1);
  });

  it("group commit has a transaction of its own for limits, which waits for no disk", async () => {
    const { limits, sql } = await countedFile();
    expect(sql.all("PRAGMA synchronous")).toEqual([{ synchronous: 2 }]);
    expect(limits.all("PRAGMA synchronous")).toEqual([{ synchronous: 1 }]);
    expect(limits.all("PRAGMA journal_mode")).toEqual([{ journal_mode: "wal" }]);
  });

  it("group commit keeps the order of two writes of one record", async () => {
    const { state } = await countedFile();
    const [first, second, third] = await Promise.all([
      state.write("key", "first", FRESH),
      state.write("key", "second", FRESH),
      state.write("other", "third", FRESH),
    ]);
    expect([first === null, second, third === null]).toEqual([false, null, false]);
    expect(await state.read("key")).toEqual({ value: "first", version: first });
  });

  it("group commit keeps every acknowledged write when the process is killed at once after it", async () => {
    for (const killAfter of [1, 64, 65, 150]) {
      const folder = await sqliteFolder();
      const writer = spawn(process.execPath, [WRITER, folder.path, "200", `${killAfter}`]);
      const printed = text(writer.stdout);
      const [, signal] = await once(writer, "close");
      const keys = (await printed).split("\n").filter((line) => line !== "");
      expect([signal, keys.length]).toEqual(["SIGKILL", killAfter]);
      const state = sqliteState(folder.open().sql, OPTIONS);
      for (const key of keys) expect(await state.read(key), key).not.toBeNull();
    }
  }, 30_000);

  it("group commit undoes a member that throws, and that member alone", async () => {
    const { sql, state, transactions } = await countedFile();
    const twice = () => {
      const insert = "INSERT INTO users (key, doc) VALUES (?, '{}')";
      sql.run(insert, "a");
      sql.run(insert, "b");
      sql.run(insert, "a");
    };
    const settled = await Promise.allSettled([
      state.write("before", 1, FRESH),
      sql.write("twice", twice),
      sql.write("bug", () => JSON.parse("{")),
      state.write("after", 1, FRESH),
    ]);
    expect(kindsOf(settled)).toEqual(["fulfilled", "failed", "failed", "fulfilled"]);
    expect(sql.all("SELECT key FROM users")).toEqual([]);
    expect([await state.read("before"), await state.read("after")]).not.toContain(null);
    expect(await transactions()).toBe(1);
  });

  it("group commit answers nobody before COMMIT, a refused member neither", async () => {
    const { sql, state } = await countedFile();
    sql.run("CREATE TABLE parent (id PRIMARY KEY)");
    sql.run("CREATE TABLE child (parent REFERENCES parent (id) DEFERRABLE INITIALLY DEFERRED)");
    // COMMIT itself finds what is missing.
    const breaksCommit = () => sql.run("INSERT INTO child VALUES (1)");
    const settled = await Promise.allSettled([
      state.write("key", "first", FRESH),
      // Refused by the first, which is undone: told as lost it would stand for a write that is not.
      state.write("key", "second", FRESH),
      sql.write("breaks", breaksCommit),
    ]);
    expect(kindsOf(settled)).toEqual(["unavailable", "unavailable", "unavailable"]);
    expect(await state.read("key")).toBeNull();
    expect(await state.write("key", "third", FRESH)).not.toBeNull();
    expect(sql.all("SELECT * FROM child")).toEqual([]);
  });

  it("group commit runs no further statement after a fault that ended the transaction", async () => {
    const { sql, state } = await countedFile();
    sql.run("CREATE TRIGGER stop BEFORE INSERT ON users BEGIN SELECT RAISE(ROLLBACK, 'stop'); END");
    let runs = 0;
    const settled = await Promise.allSettled([
      state.write("before", 1, FRESH),
      sql.write("ends", () => sql.run("INSERT INTO users (key, doc) VALUES ('a', '{}')")),
      sql.write("hides", () => ++runs),
      state.write("after", 1, FRESH),
    ]);
    expect(kindsOf(settled)).toEqual(Array.from({ length: 4 }, () => "unavailable"));
    expect(runs).toBe(0);
    expect([await state.read("before"), await state.read("after")]).toEqual([null, null]);
    expect(await state.write("before", 2, FRESH)).not.toBeNull();
  });

  it("group commit waits for another process's lock by a timer: others run, read and join meanwhile", async () => {
    const { folder, sql, state, transactions } = await countedFile();
    const other = folder.open().sql;
    await state.write("seen", 1, FRESH);
    await transactions();
    other.run("BEGIN IMMEDIATE");
    const first = writeMany(sql, 10, "early");
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 1);
    await expect.poll(() => ticks).toBeGreaterThan(20);
    clearInterval(ticking);
    expect(await state.read("seen")).not.toBeNull();
    const second = writeMany(sql, 10, "late");
    other.run("ROLLBACK");
    expect(kindsOf([...(await first), ...(await second)])).not.toContain("unavailable");
    expect(await transactions()).toBe(1);
  });

  it("group commit gives up on each write in its own time while the lock is held", async () => {
    const { folder, sql } = await countedFile();
    const other = folder.open().sql;
    other.run("BEGIN IMMEDIATE");
    const early = writeMany(sql, 2, "early");
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const late = writeMany(sql, 100, "late");
    expect(kindsOf(await early)).toEqual(["unavailable", "unavailable"]);
    other.run("ROLLBACK");
    expect(new Set(kindsOf(await late))).toEqual(new Set(["fulfilled"]));
  });

  it("group commit finishes what waits when the file is closed", async () => {
    const { folder } = await countedFile();
    const file = folder.open();
    const written = writeMany(file.sql, 70);
    file.close();
    expect(new Set(kindsOf(await written))).toEqual(new Set(["fulfilled"]));
    const state = sqliteState(folder.open().sql, OPTIONS);
    expect(await state.read("key-69")).not.toBeNull();
    expect(kindsOf(await writeMany(file.sql, 1))).toEqual(["unavailable"]);
  });
});

/** A connection that only writes down what it is told. */
function scripted(faults: Readonly<Record<string, number>>) {
  const told: string[] = [];
  const left = { ...faults };
  let isOpen = false;
  const connection: GroupConnection = {
    exec(statement) {
      told.push(statement);
      const missed = left[statement] ?? 0;
      left[statement] = missed - 1;
      if (missed > 0) throw new Error("busy");
      isOpen =
        statement === "BEGIN IMMEDIATE" || (isOpen && !/^(COMMIT|ROLLBACK)$/.test(statement));
    },
    isTransaction: () => isOpen,
    fault: (error) => (String(error).includes("busy") ? "busy" : "failed"),
  };
  return { connection, told };
}

describe("a missed lock", () => {
  it.each(["BEGIN IMMEDIATE", "COMMIT"])(
    "a missed lock at %s repeats the whole group, with longer and jittered pauses",
    async (statement) => {
      const pauses: number[] = [];
      const { connection, told } = scripted({ [statement]: 5 });
      const commits = groupCommit(connection, {
        soon: (task) => void setImmediate(task),
        later: (task, ms) => {
          pauses.push(ms);
          setImmediate(task);
        },
      });
      let runs = 0;
      const done = await Promise.all([
        commits.write("a", () => ++runs),
        commits.write("b", () => 7),
      ]);
      const repeats = statement === "COMMIT" ? 6 : 1;
      expect(done).toEqual([repeats, 7]);
      expect(told.filter((one) => one === "BEGIN IMMEDIATE")).toHaveLength(6);
      expect(told.filter((one) => one === "ROLLBACK")).toHaveLength(repeats - 1);
      expect(pauses).toHaveLength(5);
      const longest = [5, 10, 20, 40, 50];
      for (const [i, most] of longest.entries()) {
        expect(pauses[i]).toBeLessThanOrEqual(most);
        expect(pauses[i]).toBeGreaterThanOrEqual(most / 2);
      }
      expect(new Set(pauses.map((ms, i) => ms / (longest[i] ?? 1))).size).toBeGreaterThan(1);
    },
  );

  it("a missed lock changes no order, also among more writes than one transaction takes", async () => {
    const { connection } = scripted({ "BEGIN IMMEDIATE": 2 });
    const now = (task: () => void) => void setImmediate(task);
    const commits = groupCommit(connection, { soon: now, later: now });
    const ran: number[] = [];
    await Promise.all(
      Array.from({ length: 100 }, (_, n) => commits.write("a", () => void ran.push(n))),
    );
    expect(ran).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });
});
