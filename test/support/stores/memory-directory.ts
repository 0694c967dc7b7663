import { documentRow, hexOfKey, objectIdKey } from "../../../src/adapters/sqlite/extended-json.ts";
import { toHex } from "../../../src/core/bytes.ts";
import type { DocumentKey } from "../../../src/core/ids.ts";
import { type StoredDocument, withChange } from "../../../src/core/linking/documents.ts";
import { AdapterError } from "../../../src/ports/adapter-error.ts";
import type {
  Directory,
  InsertOutcome,
  ScanBounds,
  WriteOutcome,
} from "../../../src/ports/directory.ts";
import type {
  Collection,
  DirectoryInstance,
  MakeDirectory,
  RawDocument,
} from "../../contract/directory/directory-instance.ts";

/** A document as text, which is what is compared, and as read from it, once. */
interface Entry {
  readonly doc: string;
  readonly fields: StoredDocument["fields"];
  readonly raw: RawDocument;
}
type Entries = ReadonlyMap<string, Entry>;
type Store = Readonly<Record<Collection, Map<string, Entry>>>;

function entry(key: string, doc: string): Entry {
  const fields = Object.freeze(JSON.parse(doc));
  return { doc, fields, raw: Object.freeze({ _id: JSON.parse(key), ...fields }) };
}

interface Handle {
  commands: number;
  broken: boolean;
}

/** A directory in memory, for models that need thousands; it passes the contract like any other. */
export const makeMemoryDirectory: MakeDirectory = async ({ unique }) => {
  const store: Store = { users: new Map(), customers_v2: new Map() };
  const handle: Handle = { commands: 0, broken: false };
  const instance: DirectoryInstance = {
    directory: memoryDirectory(store, handle, unique),
    other: memoryDirectory(store, { commands: 0, broken: false }, unique),
    async put(collection, documents) {
      for (const document of documents) {
        const { doc, key } = documentRow(document, newObjectId);
        store[collection].set(key, entry(key, doc));
      }
    },
    clear: async (collection) => store[collection].clear(),
    documents: async (collection) => [...store[collection].values()].map(({ raw }) => raw),
    commands: () => handle.commands,
    breakIt: async () => {
      handle.broken = true;
    },
    close: async () => undefined,
  };
  return instance;
};

const newObjectId = (): string => toHex(crypto.getRandomValues(new Uint8Array(12)));

/** A value as text, or undefined where the document has no such field. */
const textOf = (fields: StoredDocument["fields"], name: string): string | undefined =>
  Object.hasOwn(fields, name) ? JSON.stringify(fields[name]) : undefined;

function memoryDirectory(store: Store, handle: Handle, unique: boolean): Directory {
  const command = <T>(operation: string, work: () => T): T => {
    handle.commands++;
    if (!handle.broken) return work();
    const cause = new Error("the store was taken away");
    throw new AdapterError("memory", operation, "unavailable", { cause });
  };
  return {
    async findUsers(query) {
      const { ids = [], objectIds = [], customerIds = [] } = query;
      const { emails = [], marks = [], phones = [], roles = [] } = query;
      const keys = objectIds.map(objectIdKey);
      const named = { id: ids, customer_v2_id: customerIds, email: emails };
      const clauses = { ...named, doorstep_customer_id: marks, phone: phones, role: roles };
      if (isEmpty(keys, clauses)) return [];
      return command("find-users", () => find(store.users, keys, clauses));
    },
    async findCustomers({ ids = [], userIds = [], phones = [], keys = [] }) {
      const clauses = { id: ids, user_id: userIds, phone: phones };
      if (isEmpty(keys, clauses)) return [];
      return command("find-customers", () => find(store.customers_v2, keys, clauses));
    },
    async scanCustomers(matches, bounds) {
      return command("scan-customers", () => scan(store.customers_v2, matches, bounds));
    },
    async changeUser(read, guards, change) {
      return command("change-user", () =>
        write(store.users, unique ? "email" : null, read, guards, change),
      );
    },
    async changeCustomer(read, guards, change) {
      return command("change-customer", () =>
        write(store.customers_v2, unique ? "user_id" : null, read, guards, change),
      );
    },
    async changeMany(collection, writes) {
      const field = collection === "users" ? "email" : "user_id";
      return command("change-many", () =>
        writes.map(({ change, guards, read }) =>
          write(store[collection], unique ? field : null, read, guards, change),
        ),
      );
    },
    async insertUser(objectId, fields) {
      return command("insert-user", () =>
        insert(store.users, unique ? "email" : null, objectIdKey(objectId), fields),
      );
    },
    async insertCustomer(objectId, fields) {
      return command("insert-customer", () =>
        insert(store.customers_v2, unique ? "user_id" : null, objectIdKey(objectId), fields),
      );
    },
    async removeDocument(collection, read) {
      return command("remove", () => {
        const stored = store[collection].get(read.key);
        if (stored === undefined) return "applied";
        const names = [...Object.keys(stored.fields), ...Object.keys(read.fields)];
        const isAsRead = names.every(
          (name) => textOf(stored.fields, name) === textOf(read.fields, name),
        );
        if (!isAsRead) return "lost";
        store[collection].delete(read.key);
        return "applied";
      });
    },
    async pageOf(collection, after, limit) {
      return command("page", () => {
        const keys = [...store[collection].keys()].filter((key) => key > (after ?? "")).sort();
        return find(store[collection], keys.slice(0, limit), {}).sort((a, b) =>
          a.key < b.key ? -1 : 1,
        );
      });
    },
    check: async () => command("check", () => undefined),
  };
}

type Clauses = Readonly<Record<string, readonly (string | number)[]>>;

const isEmpty = (keys: readonly string[], clauses: Clauses): boolean =>
  [keys, ...Object.values(clauses)].every(({ length }) => length === 0);

function scan(
  documents: Entries,
  matches: (phone: unknown) => boolean,
  { maxDocuments, maxMs }: ScanBounds,
): DocumentKey[] {
  const until = Date.now() + maxMs;
  const found: DocumentKey[] = [];
  for (const [key, { fields }] of [...documents].slice(0, maxDocuments)) {
    if (Date.now() >= until) break;
    if (matches(fields["phone"])) found.push(key as DocumentKey);
  }
  return found;
}

function find(documents: Entries, keys: readonly string[], clauses: Clauses): StoredDocument[] {
  const wanted = Object.entries(clauses).filter(([, values]) => values.length > 0);
  const all = [...documents].map(([key, { fields }]) => ({ key, fields }));
  const found = all.filter(
    ({ fields, key }) =>
      keys.includes(key) ||
      wanted.some(
        ([name, values]) =>
          Object.hasOwn(fields, name) && values.includes(fields[name] as string | number),
      ),
  );
  return found.map(({ fields, key }) => {
    const id = textOf(fields, "id");
    const idShared =
      id !== undefined &&
      id !== "null" &&
      all.some((other) => other.key !== key && textOf(other.fields, "id") === id);
    return { key: key as DocumentKey, objectId: hexOfKey(key as DocumentKey), fields, idShared };
  });
}

function insert(
  documents: Map<string, Entry>,
  uniqueField: string | null,
  key: string,
  fields: StoredDocument["fields"],
): InsertOutcome {
  if (documents.has(key)) return "duplicate-key";
  const inserted = entry(key, JSON.stringify(fields));
  if (uniqueField !== null && isHeld(documents, uniqueField, key, inserted)) return "duplicate";
  documents.set(key, inserted);
  return "inserted";
}

/** @param field the one with a unique index, not sparse: missing and null are one value */
function isHeld(documents: Entries, field: string, key: string, { fields }: Entry): boolean {
  const value = textOf(fields, field) ?? "null";
  return [...documents].some(
    ([other, held]) => other !== key && (textOf(held.fields, field) ?? "null") === value,
  );
}

function write(
  documents: Map<string, Entry>,
  uniqueField: string | null,
  read: StoredDocument,
  guards: readonly string[],
  change: Parameters<Directory["changeUser"]>[2],
): WriteOutcome {
  const stored = documents.get(read.key);
  if (stored === undefined) return "lost";
  const { fields } = stored;
  const same = (name: string) => textOf(fields, name) === textOf(read.fields, name);
  if (!same("id") || !guards.every(same)) return "lost";
  const { fields: changed } = withChange({ ...read, fields }, change);
  const written = entry(read.key, JSON.stringify(changed));
  if (uniqueField !== null && isHeld(documents, uniqueField, read.key, written)) return "duplicate";
  documents.set(read.key, written);
  return "applied";
}
