import type { DocumentKey } from "../../core/ids.ts";
import type { StoredDocument } from "../../core/linking/documents.ts";
import { checkFieldQuestion, checkOwnershipQuestion } from "../../core/linking/ownership.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Directory, GuardedChange, ScanBounds, WriteOutcome } from "../../ports/directory.ts";
import type { Ownership } from "../../ports/ownership.ts";
import type { Runtime } from "../../ports/runtime.ts";
import { askObject } from "./ask-object.ts";
import type { DirectoryRemote } from "./directory-calls.ts";
import { objectNumber } from "./object-number.ts";
import type { ObjectNamespace } from "./platform.ts";

export interface DurableDirectoryOptions extends Pick<Runtime, "now"> {
  /** The number of objects that share the work; each holds connections of its own. */
  readonly objects: number;
  /** The region for new objects: near the database. */
  readonly locationHint?: string;
}

/** Reads, guarded writes and an insert under a fixed `_id` may all be repeated. */
const REPEATABLE = { repeatable: true };
/** A scan ends by itself; this is the extra time to return its candidates. */
const SCAN_REST_MS = 800;
/** Bound on the wait for passes of other isolates: deferred work ends 30 s after its answer. */
const MOST_WAITING_MS = 10_000;
/** The object's part of a scan's time; in the rest the Worker checks the candidates. */
const OBJECT_SHARE = 0.8;

/** The legacy collections, through Durable Objects that keep the driver's connections. */
export function durableDirectory(
  namespace: ObjectNamespace<DirectoryRemote>,
  options: DurableDirectoryOptions,
): Directory {
  const objectFor = picker(namespace, options);
  const objectNamed = byName(namespace, options);
  const ask = askObject;
  const directory: Directory = {
    async findUsers(query) {
      if (asksNothing(query)) return [];
      return ask("find-users", REPEATABLE, () => objectFor(query).ask("findUsers", query));
    },
    async findCustomers(query) {
      if (asksNothing(query)) return [];
      return ask("find-customers", REPEATABLE, () => objectFor(query).ask("findCustomers", query));
    },
    scanCustomers: (matches, bounds) => scan(objectNamed("scan"), options, matches, bounds),
    changeUser: (read, guards, change) =>
      ask("change-user", REPEATABLE, () =>
        objectFor(read.key).ask("changeUser", onlyGuards(read, guards), guards, change),
      ),
    changeCustomer: (read, guards, change) =>
      ask("change-customer", REPEATABLE, () =>
        objectFor(read.key).ask("changeCustomer", onlyGuards(read, guards), guards, change),
      ),
    // An operator's command alone writes many documents, and it runs beside the database.
    changeMany: (collection, writes) =>
      inOrder(writes, collection === "users" ? directory.changeUser : directory.changeCustomer),
    insertUser: (objectId, fields) =>
      ask("insert-user", REPEATABLE, () => objectFor(objectId).ask("insertUser", objectId, fields)),
    insertCustomer: (objectId, fields) =>
      ask("insert-customer", REPEATABLE, () =>
        objectFor(objectId).ask("insertCustomer", objectId, fields),
      ),
    removeDocument: (collection, read) =>
      ask("remove", REPEATABLE, () => objectFor(read.key).ask("removeDocument", collection, read)),
    pageOf: (collection, after, limit) =>
      ask("page", REPEATABLE, () => objectNamed("scan").ask("pageOf", collection, after, limit)),
    async check() {
      await ask("check", REPEATABLE, () => objectNamed("check").ask("check"));
    },
  };
  return directory;
}

/** Makes all writes at once, but two of one document in their order. */
function inOrder(
  writes: readonly GuardedChange[],
  one: Directory["changeUser"],
): Promise<readonly WriteOutcome[]> {
  const last = new Map<DocumentKey, Promise<WriteOutcome>>();
  const outcomes = writes.map(({ change, guards, read }) => {
    const write = () => one(read, guards, change);
    const outcome = last.get(read.key)?.then(write) ?? write();
    last.set(read.key, outcome);
    return outcome;
  });
  return Promise.all(outcomes);
}

/** Ownership through the same objects. */
export function durableOwnership(
  namespace: ObjectNamespace<DirectoryRemote>,
  options: DurableDirectoryOptions,
): Ownership {
  const objectFor = picker(namespace, options);
  return {
    async isOwner(question) {
      checkOwnershipQuestion(question);
      return askObject("find-owner", REPEATABLE, () =>
        objectFor(question).ask("isOwner", question),
      );
    },
    async readField(question) {
      checkFieldQuestion(question);
      const ask = () => objectFor(question).ask("readField", question);
      const read = await askObject("find-owner", REPEATABLE, ask);
      return read && { value: read.value };
    },
  };
}

/** Picks the object for a question: the same question goes to the same object. */
function picker(
  namespace: ObjectNamespace<DirectoryRemote>,
  options: DurableDirectoryOptions,
): (question: unknown) => DirectoryRemote {
  const objectNamed = byName(namespace, options);
  return (question) => objectNamed(objectNumber(question, options.objects));
}

/**
 * A directory object by its number, or by its work. A scan and a readiness probe have objects of
 * their own, so that a flood of them takes no connection from customers. A single object is the
 * store itself, as in development, and does everything.
 */
function byName(
  namespace: ObjectNamespace<DirectoryRemote>,
  { locationHint, objects }: DurableDirectoryOptions,
): (name: number | "scan" | "check") => DirectoryRemote {
  const place = locationHint === undefined ? [] : ([{ locationHint }] as const);
  return (name) => {
    const object = objects === 1 ? 0 : name;
    return namespace.get(namespace.idFromName(`directory/${object}`), ...place);
  };
}

const asksNothing = (query: Readonly<Record<string, readonly unknown[]>>): boolean =>
  Object.values(query).every((values) => values.length === 0);

/**
 * Only the fields that a guarded write compares, so that the rest of the document does not travel.
 */
function onlyGuards(read: StoredDocument, guards: readonly string[]): StoredDocument {
  const compared = ["id", ...guards].filter((name) => Object.hasOwn(read.fields, name));
  const fields = Object.fromEntries(compared.map((name) => [name, read.fields[name]]));
  return { ...read, fields };
}

async function scan(
  object: DirectoryRemote,
  { now }: Pick<Runtime, "now">,
  matches: (phone: unknown) => boolean,
  { maxDocuments, maxMs, textsUnlike }: ScanBounds,
): Promise<DocumentKey[]> {
  const objectMs = Math.floor(maxMs * OBJECT_SHARE);
  const bounds = { maxDocuments, maxMs: objectMs, textsUnlike: textsUnlike?.source ?? null };
  const options = { repeatable: false, deadlineMs: maxMs + SCAN_REST_MS };
  const pass = () => askObject("scan-customers", options, () => object.ask("candidates", bounds));
  const giveUpAt = now() + MOST_WAITING_MS;
  let candidates = await pass();
  while (candidates === null && now() < giveUpAt) candidates = await pass();
  if (candidates === null) {
    throw new AdapterError("durable", "scan-customers", "unavailable", { cause: undefined });
  }
  const until = now() + maxMs - objectMs;
  const found: DocumentKey[] = [];
  for (const { key, phone } of candidates) {
    if (now() >= until) break;
    if (matches(phone)) found.push(key);
  }
  return found;
}
