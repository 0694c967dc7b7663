import { toHex } from "../../core/bytes.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { Json, StateStore, WriteOptions } from "../../ports/state.ts";
import { breathe, patiently, type Sql } from "./sql.ts";

export type StateOptions = Pick<Runtime, "now" | "randomBytes">;

export interface SqliteState extends StateStore {
  /**
   * Deletes the records that had expired by `now` (epoch ms), a batch at a time so that no request
   * waits long.
   *
   * @returns the number of deleted records
   */
  sweep(now: number): Promise<number>;
}

/** 96 random bits: a counter would start again, and repeat old values, after a removal. */
const VERSION_BYTES = 12;
const SWEEP_BATCH = 500;

const READ = "SELECT value, version FROM state WHERE key = ? AND expires_at > ?";
const CREATE = `INSERT INTO state (value, version, expires_at, key) VALUES (?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE SET value = excluded.value, version = excluded.version,
    expires_at = excluded.expires_at WHERE state.expires_at <= ?`;
const REPLACE = `UPDATE state SET value = ?, version = ?, expires_at = ?
  WHERE key = ? AND expires_at > ? AND version = ?`;
const REMOVE = "DELETE FROM state WHERE key = ? AND expires_at > ? AND version = ?";
const SWEEP =
  "DELETE FROM state WHERE key IN (SELECT key FROM state WHERE expires_at <= ? LIMIT ?)";
/** No record has an empty key. The value has two pages, for which a full disk has no room. */
const CHECK_WRITE =
  "INSERT INTO state (key, value, version, expires_at) VALUES ('', zeroblob(8192), '', 0)";
const CHECK_REMOVE = "DELETE FROM state WHERE key = ''";

/** State in SQLite. Each change is one statement with its own condition. */
export function sqliteState(sql: Sql, { now, randomBytes }: StateOptions): SqliteState {
  const write = (key: string, value: Json, { expect, expiresAt }: WriteOptions): string | null => {
    const version = toHex(randomBytes(VERSION_BYTES));
    const row = [JSON.stringify(value), version, expiresAt, nameOf(key), now()] as const;
    const { changes } =
      expect === null ? sql.run(CREATE, ...row) : sql.run(REPLACE, ...row, expect);
    return changes === 1 ? version : null;
  };
  return {
    async read(key) {
      return patiently(sql, "read", () => {
        const row = sql.all(READ, nameOf(key), now())[0];
        if (row === undefined) return null;
        return { value: JSON.parse(row.value as string), version: row.version as string };
      });
    },
    async write(key, value, options) {
      return sql.write("write", () => write(key, value, options));
    },
    async remove(key, { expect }) {
      const remove = () => sql.run(REMOVE, nameOf(key), now(), expect);
      return (await sql.write("remove", remove)).changes === 1;
    },
    async check() {
      await sql.write("check", () => {
        sql.run(CHECK_WRITE);
        sql.run(CHECK_REMOVE);
      });
    },
    async sweep(time) {
      for (let swept = 0; ; await breathe()) {
        const { changes } = await sql.write("sweep", () => sql.run(SWEEP, time, SWEEP_BATCH));
        swept += changes;
        if (changes < SWEEP_BATCH) return swept;
      }
    },
  };
}

/** The key as JSON text: well-formed and without NUL for every key. */
const nameOf = (key: string): string => JSON.stringify(key);
