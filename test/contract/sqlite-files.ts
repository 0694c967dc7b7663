import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openSqlite, type SqliteFile } from "../../src/adapters/sqlite/node.ts";
import type { Sql } from "../../src/adapters/sqlite/sql.ts";

/** A folder of its own with a database in it, and every connection to that. */
export interface SqliteFolder {
  readonly path: string;
  open(): SqliteFile;
  /** Closes all connections and removes the folder. */
  close(): Promise<void>;
}

export async function sqliteFolder(): Promise<SqliteFolder> {
  const folder = await mkdtemp(join(tmpdir(), "doorstep-"));
  const path = join(folder, "doorstep.db");
  const files: SqliteFile[] = [];
  return {
    path,
    open() {
      const file = openSqlite(path);
      files.push(file);
      return file;
    },
    async close() {
      for (const file of files) file.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Calls `before` ahead of every statement. */
export function observed(sql: Sql, before: (query: string) => void): Sql {
  return {
    ...sql,
    all(query, ...values) {
      before(query);
      return sql.all(query, ...values);
    },
    run(query, ...values) {
      before(query);
      return sql.run(query, ...values);
    },
  };
}

export const randomBytes = (length: number): Uint8Array<ArrayBuffer> =>
  crypto.getRandomValues(new Uint8Array(length));
