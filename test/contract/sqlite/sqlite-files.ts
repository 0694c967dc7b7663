import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { openSqlite, type SqliteFile } from "../../../src/adapters/sqlite/node.ts";
import type { Sql } from "../../../src/adapters/sqlite/sql.ts";

/** A folder with a database in it; gone, with every connection to it, when the test ends. */
export interface SqliteFolder {
  readonly path: string;
  open(): SqliteFile;
}

export async function sqliteFolder(): Promise<SqliteFolder> {
  const folder = await mkdtemp(join(tmpdir(), "doorstep-"));
  const path = join(folder, "doorstep.db");
  const files: SqliteFile[] = [];
  onTestFinished(async () => {
    for (const file of files) file.close();
    await rm(folder, { recursive: true });
  });
  return {
    path,
    open() {
      const file = openSqlite(path);
      files.push(file);
      return file;
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
