import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { sqliteState } from "../../../src/adapters/sqlite/state.ts";
import { expectUnavailable } from "../state/promise.ts";
import { stateSuite } from "../state/state.suite.ts";
import type { MakeState } from "../state/state-instance.ts";
import { randomBytes, sqliteFolder } from "./sqlite-files.ts";

const make: MakeState = async () => {
  const folder = await sqliteFolder();
  const clock = { now: Date.now() };
  const options = { now: () => clock.now, randomBytes };
  const [one, two] = [folder.open(), folder.open()];
  return {
    state: sqliteState(one.sql, options),
    other: sqliteState(two.sql, options),
    clock,
    breakIt: async () => one.close(),
    close: async () => undefined,
  };
};

stateSuite("SQLite", make);

describe("SQLite state", () => {
  it("SQLite state counts what several processes count at once", async () => {
    const folder = await sqliteFolder();
    const [processes, rounds] = [4, 50];
    const count = () => promisify(execFile)(process.execPath, [COUNTER, folder.path, `${rounds}`]);
    await Promise.all(Array.from({ length: processes }, count));
    const state = sqliteState(folder.open().sql, { now: Date.now, randomBytes });
    expect((await state.read("count"))?.value).toBe(processes * rounds);
  }, 30_000);

  it("SQLite state waits for the disk at every commit", async () => {
    const folder = await sqliteFolder();
    const { sql } = folder.open();
    expect(sql.all("PRAGMA synchronous")).toEqual([{ synchronous: 2 }]);
    expect(sql.all("PRAGMA journal_mode")).toEqual([{ journal_mode: "wal" }]);
  });

  it("SQLite state says `unavailable` in time when another process holds the write lock", async () => {
    const folder = await sqliteFolder();
    const raw = folder.open().sql;
    const state = sqliteState(folder.open().sql, { now: Date.now, randomBytes });
    raw.run("BEGIN IMMEDIATE");
    const options = { expect: null, expiresAt: Date.now() + 60_000 };
    await expectUnavailable({ write: () => state.write("key", 1, options) });
    raw.run("ROLLBACK");
    expect(await state.write("key", 1, options)).not.toBeNull();
  });

  it("SQLite state does not check out where it may only read", async () => {
    const folder = await sqliteFolder();
    const { sql } = folder.open();
    sql.all("PRAGMA query_only = ON");
    const state = sqliteState(sql, { now: Date.now, randomBytes });
    expect(await state.read("key")).toBeNull();
    await expect(state.check()).rejects.toThrow(/^sqlite check failed$/);
  });

  it("SQLite state does not check out where the disk is full, and does when there is room again", async () => {
    const folder = await sqliteFolder();
    const { sql } = folder.open();
    const state = sqliteState(sql, { now: Date.now, randomBytes });
    await state.check();
    const pages = Number(sql.all("PRAGMA page_count")[0]?.["page_count"]);
    sql.all(`PRAGMA max_page_count = ${pages + 20}`);
    const fill = async () => {
      for (let n = 0; n < 100; n++) {
        const options = { expect: null, expiresAt: Date.now() + 60_000 };
        await state.write(`full-${n}`, "x".repeat(3_000), options);
      }
    };
    await expect(fill()).rejects.toThrow(/unavailable$/);
    await expectUnavailable({ check: () => state.check() });
    sql.all("PRAGMA max_page_count = 100000");
    await state.check();
  });

  it("SQLite state sweeps away what has expired, in batches, and nothing else", async () => {
    const folder = await sqliteFolder();
    const { sql } = folder.open();
    const state = sqliteState(sql, { now: () => 0, randomBytes });
    const write = (key: string, expiresAt: number) =>
      state.write(key, 1, { expect: null, expiresAt });
    for (let n = 0; n < 1203; n++) await write(`old-${n}`, 1000 - (n % 7));
    const live = await write("live", 1001);
    expect(await state.sweep(1000)).toBe(1203);
    expect(await state.sweep(1000)).toBe(0);
    expect(await state.read("live")).toEqual({ value: 1, version: live });
    expect(sql.all("SELECT count(*) AS n FROM state")).toEqual([{ n: 1 }]);
  });

  it("SQLite state names no key in its errors", async () => {
    const folder = await sqliteFolder();
    const file = folder.open();
    const state = sqliteState(file.sql, { now: Date.now, randomBytes });
    file.close();
    await expect(state.read("+919876500001")).rejects.toThrow(/^sqlite read unavailable$/);
  });
});

const COUNTER = fileURLToPath(new URL("./sqlite-counter.ts", import.meta.url));
