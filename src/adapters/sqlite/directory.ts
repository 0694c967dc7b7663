import type { DocumentKey } from "../../core/ids.ts";
import type { Change, StoredDocument } from "../../core/linking/documents.ts";
import { withChange } from "../../core/linking/documents.ts";
import type {
  Directory,
  InsertOutcome,
  LegacyCollection,
  ScanBounds,
  WriteOutcome,
} from "../../ports/directory.ts";
import type { Runtime } from "../../ports/runtime.ts";
import { hexOfKey, objectIdKey } from "./extended-json.ts";
import { breathe, patiently, type Row, type Sql } from "./sql.ts";

export type SqliteDirectoryOptions = Pick<Runtime, "now">;

const FIND_USERS = finder("users", [
  "id",
  "customer_v2_id",
  "doorstep_customer_id",
  "email",
  "phone",
  "role",
]);
const PAGES = { users: pageStatement("users"), customers_v2: pageStatement("customers_v2") };
const FIND_CUSTOMERS = finder("customers_v2", ["id", "user_id", "phone"]);

const SCAN_CUSTOMERS =
  "SELECT key, doc->'$.phone' AS phone FROM customers_v2 WHERE key > ? ORDER BY key LIMIT ?";
/** About a millisecond of work between two rests. */
const SCAN_PAGE = 1000;

/** The legacy collections in SQLite, for a gateway without other services. */
export function sqliteDirectory(sql: Sql, options: SqliteDirectoryOptions): Directory {
  return {
    async findUsers(query) {
      const { ids = [], objectIds = [], customerIds = [] } = query;
      const { emails = [], marks = [], phones = [], roles = [] } = query;
      const lists = [
        objectIds.map(objectIdKey),
        ...[ids, customerIds, marks, emails, phones, roles].map(texts),
      ];
      return patiently(sql, "find-users", () => FIND_USERS(sql, lists));
    },
    async findCustomers({ ids = [], userIds = [], phones = [], keys = [] }) {
      const lists = [keys, ...[ids, userIds, phones].map(texts)];
      return patiently(sql, "find-customers", () => FIND_CUSTOMERS(sql, lists));
    },
    scanCustomers: (matches, bounds) => scan(sql, options, matches, bounds),
    async changeUser(read, guards, change) {
      return sql.write("change-user", () => write(sql, "users", read, guards, change));
    },
    async changeCustomer(read, guards, change) {
      return sql.write("change-customer", () => write(sql, "customers_v2", read, guards, change));
    },
    async changeMany(collection, writes) {
      return sql.write("change-many", () =>
        // A refused statement leaves the others.
        writes.map(({ change, guards, read }) => write(sql, collection, read, guards, change)),
      );
    },
    async insertUser(objectId, fields) {
      return sql.write("insert-user", () => insert(sql, "users", objectId, fields));
    },
    async insertCustomer(objectId, fields) {
      return sql.write("insert-customer", () => insert(sql, "customers_v2", objectId, fields));
    },
    async removeDocument(collection, read) {
      return sql.write("remove", () => remove(sql, collection, read));
    },
    async pageOf(collection, after, limit) {
      return patiently(sql, "page", () =>
        sql.all(PAGES[collection], after ?? "", limit).map(storedDocument),
      );
    },
    async check() {
      await patiently(sql, "check", () => sql.all("SELECT key FROM users LIMIT 1"));
    },
  };
}

type Find = (sql: Sql, lists: readonly (readonly string[])[]) => StoredDocument[];

/**
 * Finds by the lists that are not empty, in the order of the key and the fields. Few combinations of
 * them are asked for: each is one constant statement, so that it is prepared once. A list is one
 * parameter, because a Durable Object takes no more than a hundred. SQLite answers each branch of
 * the OR from its own index.
 */
function finder(collection: LegacyCollection, fields: readonly string[]): Find {
  const branches = ["d.key", ...fields.map((field) => `d.doc->'$.${field}'`)].map(
    (branch) => `${branch} IN (SELECT value FROM json_each(?))`,
  );
  const statements = new Map<string, string>();
  return (sql, lists) => {
    const asked = lists.filter((list) => list.length > 0).map((list) => JSON.stringify(list));
    if (asked.length === 0) return [];
    const name = lists.map((list) => (list.length > 0 ? "1" : "0")).join("");
    const statement =
      statements.get(name) ??
      `${documentsOf(collection)} WHERE ${branches.filter((_, at) => name[at] === "1").join(" OR ")}`;
    statements.set(name, statement);
    return sql.all(statement, ...asked).map(storedDocument);
  };
}

function documentsOf(collection: LegacyCollection): string {
  return `SELECT d.key, d.doc,
    d.doc->'$.id' <> 'null' AND EXISTS (SELECT 1 FROM ${collection} AS duplicate
      WHERE duplicate.doc->'$.id' = d.doc->'$.id' AND duplicate.key <> d.key) AS id_shared
    FROM ${collection} AS d`;
}

/** No key is an empty text: the first page is after that. */
function pageStatement(collection: LegacyCollection): string {
  return `${documentsOf(collection)} WHERE d.key > ? ORDER BY d.key LIMIT ?`;
}

const texts = (values: readonly (string | number)[]): string[] =>
  values.map((value) => JSON.stringify(value));

function storedDocument(row: Row): StoredDocument {
  const key = row.key as DocumentKey;
  const fields = JSON.parse(row.doc as string);
  return { key, objectId: hexOfKey(key), fields, idShared: row.id_shared === 1 };
}

/**
 * Compares in JavaScript, where types are exact. No other process writes between the comparison and
 * the write: `Sql.write` holds the lock.
 */
function write(
  sql: Sql,
  collection: LegacyCollection,
  read: StoredDocument,
  guards: readonly string[],
  change: Change,
): WriteOutcome {
  const row = sql.all(`SELECT doc FROM ${collection} WHERE key = ?`, read.key)[0];
  if (row === undefined) return "lost";
  const fields = JSON.parse(row.doc as string);
  const same = (field: string) => textOfField(fields, field) === textOfField(read.fields, field);
  if (!same("id") || !guards.every(same)) return "lost";
  const doc = JSON.stringify(withChange({ ...read, fields }, change).fields);
  const statement = `UPDATE ${collection} SET doc = ? WHERE key = ?`;
  return unlessUnique(sql, () => sql.run(statement, doc, read.key).changes) === "duplicate"
    ? "duplicate"
    : "applied";
}

function insert(
  sql: Sql,
  collection: LegacyCollection,
  objectId: string,
  fields: StoredDocument["fields"],
): InsertOutcome {
  const key = objectIdKey(objectId);
  const doc = JSON.stringify(fields);
  const statement = `INSERT INTO ${collection} (key, doc) VALUES (?, ?)`;
  if (unlessUnique(sql, () => sql.run(statement, key, doc).changes) !== "duplicate") {
    return "inserted";
  }
  const exists = sql.all(`SELECT 1 FROM ${collection} WHERE key = ?`, key).length > 0;
  return exists ? "duplicate-key" : "duplicate";
}

function remove(sql: Sql, collection: LegacyCollection, read: StoredDocument): WriteOutcome {
  const row = sql.all(`SELECT doc FROM ${collection} WHERE key = ?`, read.key)[0];
  if (row === undefined) return "applied";
  const fields = JSON.parse(row.doc as string);
  const names = [...Object.keys(fields), ...Object.keys(read.fields)];
  const isAsRead = names.every(
    (name) => textOfField(fields, name) === textOfField(read.fields, name),
  );
  if (!isAsRead) return "lost";
  sql.run(`DELETE FROM ${collection} WHERE key = ?`, read.key);
  return "applied";
}

/** Undefined where the document has no such field; the text `null` is a stored null. */
function textOfField(fields: StoredDocument["fields"], name: string): string | undefined {
  return Object.hasOwn(fields, name) ? JSON.stringify(fields[name]) : undefined;
}

function unlessUnique(sql: Sql, write: () => number): number | "duplicate" {
  try {
    return write();
  } catch (error) {
    if (sql.fault(error) === "unique") return "duplicate";
    throw error;
  }
}

async function scan(
  sql: Sql,
  { now }: SqliteDirectoryOptions,
  matches: (phone: unknown) => boolean,
  { maxMs, maxDocuments }: ScanBounds,
): Promise<DocumentKey[]> {
  const until = now() + maxMs;
  const found: DocumentKey[] = [];
  let after = "";
  for (let left = maxDocuments; left > 0; await breathe()) {
    const page = Math.min(left, SCAN_PAGE);
    const rows = await patiently(sql, "scan-customers", () => sql.all(SCAN_CUSTOMERS, after, page));
    for (const { key, phone } of rows) {
      if (now() >= until) return found;
      if (matches(phone === null ? undefined : JSON.parse(phone as string)))
        found.push(key as DocumentKey);
      after = key as string;
    }
    if (rows.length < page) return found;
    left -= rows.length;
  }
  return found;
}
