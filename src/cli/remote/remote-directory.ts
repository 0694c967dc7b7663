import type { DocumentKey } from "../../core/ids.ts";
import type { StoredDocument } from "../../core/linking/documents.ts";
import type { RecordsCall } from "../../flows/operator/answer-records.ts";
import { MOST_WRITES } from "../../http/routes/admin/records-operation.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type {
  CustomerQuery,
  Directory,
  GuardedChange,
  InsertOutcome,
  LegacyCollection,
  ScanBounds,
  UserQuery,
  WriteOutcome,
} from "../../ports/directory.ts";
import type { RunHeader } from "../../ports/run-journal.ts";
import { NOT_UNDERSTOOD } from "./ask-gateway.ts";
import { queryParts } from "./query-parts.ts";
import { RefusedByGateway, type RemoteRecords } from "./remote-records.ts";

const PAGE = 500;

export interface RemoteDirectoryOptions {
  readonly records: RemoteRecords;
  /** The run that writes; null: only reads. */
  readonly run: RunHeader | null;
  now(): number;
  /** Told of changes that the gateway makes for no command: these records are left as they are. */
  onRefused(count: number): void;
}

/** The directory of a running gateway. */
export function remoteDirectory({
  now,
  onRefused,
  records,
  run,
}: RemoteDirectoryOptions): Directory {
  const documents = async (call: RecordsCall): Promise<StoredDocument[]> => {
    const answer = await records.ask(call, run);
    // An answer without documents is none: an empty page would end a walk early.
    if (answer.documents === undefined) throw notUnderstood();
    return [...answer.documents];
  };
  const outcomes = async (call: RecordsCall, count: number): Promise<readonly string[]> => {
    const { outcomes: given = [] } = await records.ask(call, run);
    if (given.length !== count) throw notUnderstood();
    return given;
  };
  const change = async (collection: LegacyCollection, writes: readonly GuardedChange[]) => {
    const call = { call: "change", collection, writes: writes.map(onlyGuards) } as const;
    const given = await outcomes(call, writes.length);
    const refused = given.filter((outcome) => outcome === "forbidden").length;
    if (refused > 0) onRefused(refused);
    // As one that another process was before: the command tells which records it left.
    return given.map((outcome) => (outcome === "forbidden" ? "lost" : (outcome as WriteOutcome)));
  };
  const changeOne = async (collection: LegacyCollection, write: GuardedChange) =>
    (await change(collection, [write]))[0] ?? "lost";
  const only = async <Outcome extends string>(call: RecordsCall): Promise<Outcome> => {
    const [outcome] = await outcomes(call, 1);
    if (outcome === "forbidden") throw new RefusedByGateway("forbidden");
    return outcome as Outcome;
  };
  const pageOf: Directory["pageOf"] = (collection, after, limit) =>
    documents({ call: "page", collection, after, limit: Math.min(limit, PAGE) });
  const find = async (call: "find-users" | "find-customers", query: Query) => {
    const parts = queryParts(query).map((part) => documents({ call, query: part }));
    return once((await Promise.all(parts)).flat());
  };
  return {
    findUsers: (query) => find("find-users", query),
    findCustomers: (query) => find("find-customers", query),
    scanCustomers: (matches, bounds) => scan(pageOf, matches, bounds, now),
    changeUser: (read, guards, one) => changeOne("users", { read, guards, change: one }),
    changeCustomer: (read, guards, one) => changeOne("customers_v2", { read, guards, change: one }),
    changeMany: (collection, writes) => inParts(writes, (part) => change(collection, part)),
    insertUser: (object_id, fields) =>
      only<InsertOutcome>({ call: "insert", collection: "users", object_id, fields }),
    insertCustomer: (object_id, fields) =>
      only<InsertOutcome>({ call: "insert", collection: "customers_v2", object_id, fields }),
    removeDocument: (collection, read) => only<WriteOutcome>({ call: "remove", collection, read }),
    pageOf,
    async check() {
      await records.ask({ call: "about" }, null);
    },
  };
}

type Query = Partial<UserQuery> & Partial<CustomerQuery>;

const notUnderstood = () =>
  new AdapterError("gateway", NOT_UNDERSTOOD, "failed", { cause: undefined });

/** A document that several parts of a query found comes once. */
const once = (found: readonly StoredDocument[]): StoredDocument[] => [
  ...new Map(found.map((document) => [document.key, document])).values(),
];

async function inParts(
  writes: readonly GuardedChange[],
  change: (part: readonly GuardedChange[]) => Promise<readonly WriteOutcome[]>,
): Promise<readonly WriteOutcome[]> {
  const all: WriteOutcome[] = [];
  for (let from = 0; from < writes.length; from += MOST_WRITES) {
    all.push(...(await change(writes.slice(from, from + MOST_WRITES))));
  }
  return all;
}

/** The fields that the gateway compares, and those by which it judges the write. */
function onlyGuards({ change, guards, read }: GuardedChange): GuardedChange {
  const touched = [...Object.keys(change.set), ...(change.unset ?? [])];
  const names = new Set([...guards, ...touched, "id", "role", "doorstep_customer_id"]);
  const fields = Object.fromEntries(
    Object.entries(read.fields).filter(([name]) => names.has(name)),
  );
  return { read: { ...read, fields }, guards, change };
}

/**
 * As the port has it: `matches` is a function, so this machine reads the pages. The waits for the
 * gateway's limit count too, so a scan that meets its time is an error: a command that asks for it
 * would otherwise miss customers and not say so.
 */
async function scan(
  pageOf: Directory["pageOf"],
  matches: (phone: unknown) => boolean,
  { maxDocuments, maxMs, textsUnlike }: ScanBounds,
  now: () => number,
): Promise<DocumentKey[]> {
  const until = now() + maxMs;
  const found: DocumentKey[] = [];
  let after: DocumentKey | null = null;
  for (let read = 0; read < maxDocuments; read += PAGE) {
    if (now() >= until) throw tooSlow(maxMs);
    const page: readonly StoredDocument[] = await pageOf("customers_v2", after, PAGE);
    for (const { fields, key } of page) {
      const { phone } = fields;
      const isListed = typeof phone === "string" && textsUnlike?.test(phone) === true;
      if (!isListed && matches(phone)) found.push(key);
    }
    after = page.at(-1)?.key ?? null;
    if (after === null) break;
  }
  return found;
}

function tooSlow(maxMs: number): AdapterError {
  const because = `did not show all customers within ${Math.round(maxMs / 60_000)} minutes`;
  return new AdapterError("gateway", because, "unavailable", { cause: undefined });
}
