import { readFile } from "node:fs/promises";
import type { SqliteFile } from "../../../src/adapters/sqlite/node.ts";

/** Counts the transactions that wrote to a SQLite file since the last question. */
export async function walCommits(
  { limits, sql }: Pick<SqliteFile, "limits" | "sql">,
  path: string,
): Promise<() => Promise<number>> {
  // A checkpoint would begin the log anew.
  sql.all("PRAGMA wal_autocheckpoint = 0");
  limits.all("PRAGMA wal_autocheckpoint = 0");
  sql.all("PRAGMA wal_checkpoint(TRUNCATE)");
  let before = 0;
  return async () => {
    const all = commitsIn(await readFile(`${path}-wal`));
    const since = all - before;
    before = all;
    return since;
  };
}

/** A frame that ends a transaction tells the database's size: sqlite.org/fileformat2.html#walformat */
function commitsIn(log: Buffer): number {
  if (log.length < 32) return 0;
  const pageSize = log.readUInt32BE(8);
  let commits = 0;
  for (let frame = 32; frame + 24 + pageSize <= log.length; frame += 24 + pageSize) {
    if (log.readUInt32BE(frame + 4) !== 0) commits++;
  }
  return commits;
}
