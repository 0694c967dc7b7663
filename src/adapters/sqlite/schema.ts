import type { Sql } from "./sql.ts";

/**
 * Documents are whole JSON texts under their `_id` as canonical Extended JSON. Indexed expressions
 * use `->`, which gives JSON text: `"5"` and `5`, `true` and `1`, null and missing stay different,
 * and no array or object equals a text.
 */
export const DIRECTORY_TABLES: readonly string[] = [
  "CREATE TABLE users (key TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL)",
  "CREATE INDEX users_id ON users (doc->'$.id')",
  "CREATE INDEX users_customer_v2_id ON users (doc->'$.customer_v2_id')",
  "CREATE INDEX users_email ON users (doc->'$.email')",
  "CREATE INDEX users_phone ON users (doc->'$.phone')",
  "CREATE TABLE customers_v2 (key TEXT PRIMARY KEY NOT NULL, doc TEXT NOT NULL)",
  "CREATE INDEX customers_v2_id ON customers_v2 (doc->'$.id')",
  "CREATE INDEX customers_v2_user_id ON customers_v2 (doc->'$.user_id')",
  "CREATE INDEX customers_v2_phone ON customers_v2 (doc->'$.phone')",
];

/** `key` is JSON text, because SQLite turns every lone surrogate into the same character. */
const STATE_TABLE =
  "CREATE TABLE state (key TEXT PRIMARY KEY NOT NULL, value TEXT NOT NULL, version TEXT NOT NULL, expires_at INTEGER NOT NULL)";
const STATE_INDEX = "CREATE INDEX state_expires_at ON state (expires_at)";

/** rate-limiter-flexible's own shape; `expire` in epoch ms. */
const LIMITS_TABLE =
  "CREATE TABLE limits (key TEXT PRIMARY KEY NOT NULL, points INTEGER NOT NULL DEFAULT 0, expire INTEGER)";
const LIMITS_INDEX = "CREATE INDEX limits_expire ON limits (expire)";

/** A later step: the password login queries staff by role. */
export const ROLE_INDEX = "CREATE INDEX users_role ON users (doc->'$.role')";
/** A later step: the mark of our own links. */
export const MARK_INDEX =
  "CREATE INDEX users_doorstep_customer_id ON users (doc->'$.doorstep_customer_id')";

/** Events of the service's ceilings by window and hashed source; `ends_at` in epoch ms. */
const CEILINGS_TABLE =
  "CREATE TABLE ceilings (window TEXT NOT NULL, key TEXT NOT NULL, number INTEGER NOT NULL, ends_at INTEGER NOT NULL, PRIMARY KEY (window, key)) WITHOUT ROWID";
const CEILINGS_INDEX = "CREATE INDEX ceilings_ends_at ON ceilings (ends_at)";

/** Statements that lead from schema version N to N + 1; a released step never changes. */
export const SCHEMA_STEPS: readonly (readonly string[])[] = [
  [...DIRECTORY_TABLES, STATE_TABLE, STATE_INDEX],
  [LIMITS_TABLE, LIMITS_INDEX],
  [ROLE_INDEX],
  [MARK_INDEX],
  [CEILINGS_TABLE, CEILINGS_INDEX],
];

const UNIQUE_INDEXES = {
  "users.email":
    "CREATE UNIQUE INDEX IF NOT EXISTS users_email_unique ON users (coalesce(doc->'$.email', 'null'))",
  "customers_v2.user_id":
    "CREATE UNIQUE INDEX IF NOT EXISTS customers_v2_user_id_unique ON customers_v2 (coalesce(doc->'$.user_id', 'null'))",
} as const;

export type UniqueIndex = keyof typeof UNIQUE_INDEXES;

/**
 * The indexes that a legacy database may have (LEGACY 1), for rehearsals. Not sparse: like
 * MongoDB's, they treat missing and null as one value. Throws where the documents violate them.
 */
export function addUniqueIndexes(sql: Sql, indexes: readonly UniqueIndex[]): void {
  for (const index of indexes) sql.run(UNIQUE_INDEXES[index]);
}
