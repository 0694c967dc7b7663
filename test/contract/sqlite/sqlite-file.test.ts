import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { openSqlite } from "../../../src/adapters/sqlite/node.ts";
import { sqliteState } from "../../../src/adapters/sqlite/state.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import { randomBytes, sqliteFolder } from "./sqlite-files.ts";

const COUNTER = fileURLToPath(new URL("./sqlite-counter.ts", import.meta.url));

/** Holds the write lock for a moment, in the journal mode that a new database has. */
const HOLDER = `
  const database = new (require("node:sqlite").DatabaseSync)(process.argv[1]);
  database.exec("CREATE TABLE other (id); BEGIN IMMEDIATE");
  console.log("held");
  setTimeout(() => database.exec("COMMIT"), 200);
`;

function refusalOf(path: string): AdapterError {
  try {
    openSqlite(path).close();
  } catch (error) {
    if (error instanceof AdapterError) return error;
    throw error;
  }
  throw new Error("it opened");
}

it("creates its folders and files for the owner alone", async () => {
  const folder = await sqliteFolder();
  const path = join(dirname(folder.path), "a", "b", "doorstep.db");
  const file = openSqlite(path);
  file.sql.run("DELETE FROM state");
  const modes = await Promise.all(
    [dirname(path), path, `${path}-wal`, `${path}-shm`].map(async (name) =>
      ((await stat(name)).mode & 0o777).toString(8),
    ),
  );
  expect(modes).toEqual(["700", "600", "600", "600"]);
  file.close();
});

it("takes a file back from others who may read it", async () => {
  const folder = await sqliteFolder();
  folder.open().close();
  await chmod(folder.path, 0o644);
  folder.open();
  expect((await stat(folder.path)).mode & 0o777).toBe(0o600);
});

it("opens what it wrote before, with everything in it", async () => {
  const folder = await sqliteFolder();
  const first = folder.open();
  const options = { now: Date.now, randomBytes };
  const version = await sqliteState(first.sql, options).write(
    "key",
    { a: 1 },
    {
      expect: null,
      expiresAt: Date.now() + 60_000,
    },
  );
  first.close();
  first.close();
  const state = sqliteState(folder.open().sql, options);
  expect(await state.read("key")).toEqual({ value: { a: 1 }, version });
});

it("lets processes that start together make one database", async () => {
  const folder = await sqliteFolder();
  const start = () => promisify(execFile)(process.execPath, [COUNTER, folder.path, "1"]);
  await Promise.all(Array.from({ length: 8 }, start));
  const state = sqliteState(folder.open().sql, { now: Date.now, randomBytes });
  expect((await state.read("count"))?.value).toBe(8);
}, 30_000);

it("waits for a process that has just begun to write to a new database", async () => {
  const folder = await sqliteFolder();
  const holder = spawn(process.execPath, ["-e", HOLDER, folder.path]);
  await once(holder.stdout, "data");
  expect(folder.open().sql.all("PRAGMA journal_mode")).toEqual([{ journal_mode: "wal" }]);
});

it("refuses a database of a newer version, and leaves it alone", async () => {
  const folder = await sqliteFolder();
  const { sql } = folder.open();
  sql.all("PRAGMA user_version = 1000");
  const { kind, cause } = refusalOf(folder.path);
  expect([kind, String(cause)]).toEqual([
    "failed",
    "Error: the database was written by a newer version of doorstep",
  ]);
  expect(sql.all("PRAGMA user_version")).toEqual([{ user_version: 1000 }]);
});

it("says `failed` of a file that is no database", async () => {
  const folder = await sqliteFolder();
  await writeFile(folder.path, "not a database, and long enough to be read as one".repeat(100));
  expect(refusalOf(folder.path)).toMatchObject({ kind: "failed", message: "sqlite open failed" });
});

it("says `unavailable` of a path that it cannot reach", async () => {
  const folder = await sqliteFolder();
  await mkdir(folder.path);
  expect(refusalOf(folder.path).kind).toBe("unavailable");
  const below = join(dirname(folder.path), "file");
  await writeFile(below, "");
  expect(refusalOf(join(below, "doorstep.db")).kind).toBe("unavailable");
});

it("keeps a database in memory where asked to", () => {
  const file = openSqlite(":memory:");
  expect(file.sql.all("SELECT count(*) AS n FROM users")).toEqual([{ n: 0 }]);
  file.close();
});

it("undoes a transaction that fails, and goes on", () => {
  const { sql, close } = openSqlite(":memory:");
  const insert = () => sql.run("INSERT INTO users (key, doc) VALUES ('1', '{}')");
  expect(() =>
    sql.transaction(() => {
      insert();
      insert();
    }),
  ).toThrow();
  expect(sql.all("SELECT key FROM users")).toEqual([]);
  sql.transaction(insert);
  expect(sql.all("SELECT key FROM users")).toEqual([{ key: "1" }]);
  close();
});

it("holds the write lock from the start of a transaction, so that what it reads stands", async () => {
  const folder = await sqliteFolder();
  const { sql } = folder.open();
  const impatient = new DatabaseSync(folder.path, { timeout: 0 });
  sql.transaction(() => {
    expect(() => impatient.exec("BEGIN IMMEDIATE")).toThrow("database is locked");
  });
  impatient.exec("BEGIN IMMEDIATE");
  impatient.close();
});
