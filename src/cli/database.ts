import { resolve } from "node:path";
import { type NamedDatabase, namedDatabase } from "../core/address/database-name.ts";
import type { CompleteSettings } from "../runtimes/shared/complete-settings.ts";

/** The database of the settings; a file with its whole path. */
export function databaseOf({
  mongoUrl,
  sqlitePath,
}: Pick<CompleteSettings["store"], "mongoUrl" | "sqlitePath">): NamedDatabase {
  const isFile = sqlitePath !== ":memory:";
  return namedDatabase({ mongoUrl, sqlitePath: isFile ? resolve(sqlitePath) : sqlitePath });
}
