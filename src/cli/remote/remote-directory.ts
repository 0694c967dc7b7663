import type { DocumentKey } from "../../core/ids.ts";
import type { StoredDocument } from "../../core/linking/documents.ts";
import type { RecordsCall } from "../../flows/operator/answer-records.ts";
import { MOST_WRITES } from "../../http/routes/admin/records-operation.ts";
import type {
  Directory,
  GuardedChange,
  InsertOutcome,
  LegacyCollection,
  ScanBounds,
  WriteOutcome,
} from "../../ports/directory.ts";
import type { RunHeader } from "../../ports/run-journal.ts";
import { RefusedByGateway, type RemoteRecords } from "./remote-records.ts";

const PAGE = 500;

/** The directory of a running gateway. @param run the run that writes; null: only reads */
export function remoteDirectory(
  records: RemoteRecords,
  run: RunHeader | null,
  now: () => number,
): Directory {
  const documents = async (call: RecordsCall): Promise<StoredDocument[]> => [
    ...((await records.ask(call, run)).documents ?? []),
  ];
  const outcomes = async (call: RecordsCall): Promise<readonly string[]> => {
    const { outcomes: given = [] } = await records.ask(call, run);
    if (given.includes("forbidden")) throw new RefusedByGateway("forbidden");
    return given;
  };
  const change = async (collection: LegacyCollection, writes: readonly GuardedChange[]) => {
    const together = writes.map(onlyGuards);
    const given = await outcomes({ call: "change", collection, writes: together });
    return writes.map((_, at) => (given[at] ?? "lost") as WriteOutcome);
  };
  const insert = async (
    collection: LegacyCollection,
    object_id: string,
    fields: StoredDocument["fields"],
  ) => (await outcomes({ call: "insert", collection, object_id, fields }))[0] as InsertOutcome;
  const pageOf: Directory["pageOf"] = (collection, after, limit) =>
    documents({ call: "page", collection, after, limit: Math.min(limit, PAGE) });
  return {
    findUsers: (query) =>
      asksNothing(query) ? nothing() : documents({ call: "find-users", query }),
    findCustomers: (query) =>
      asksNothing(query) ? nothing() : documents({ call: "find-customers", query }),
    scanCustomers: (matches, bounds) => scan(pageOf, matches, bounds, now),
    changeUser: async (read, guards, one) =>
      (await change("users", [{ read, guards, change: one }]))[0] ?? "lost",
    changeCustomer: async (read, guards, one) =>
      (await change("customers_v2", [{ read, guards, change: one }]))[0] ?? "lost",
    changeMany: (collection, writes) => inParts(writes, (part) => change(collection, part)),
    insertUser: (object_id, fields) => insert("users", object_id, fields),
    insertCustomer: (object_id, fields) => insert("customers_v2", object_id, fields),
    async removeDocument(collection, read) {
      return (await outcomes({ call: "remove", collection, read }))[0] as WriteOutcome;
    },
    pageOf,
    async check() {
      await records.ask({ call: "about" }, null);
    },
  };
}

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

const nothing = async (): Promise<StoredDocument[]> => [];

const asksNothing = (query: object): boolean =>
  Object.values(query).every((values: readonly unknown[] | undefined) => !values?.length);

/** The fields that the gateway compares, and those by which it judges the write. */
function onlyGuards({ change, guards, read }: GuardedChange): GuardedChange {
  const names = new Set([...guards, "id", "role", "doorstep_customer_id"]);
  const fields = Object.fromEntries(
    Object.entries(read.fields).filter(([name]) => names.has(name)),
  );
  return { read: { ...read, fields }, guards, change };
}

/** As the port has it: `matches` is a function, so this machine reads the pages. */
async function scan(
  pageOf: Directory["pageOf"],
  matches: (phone: unknown) => boolean,
  { maxDocuments, maxMs, textsUnlike }: ScanBounds,
  now: () => number,
): Promise<DocumentKey[]> {
  const until = now() + maxMs;
  const found: DocumentKey[] = [];
  let after: DocumentKey | null = null;
  for (let read = 0; read < maxDocuments && now() < until; read += PAGE) {
    const page: readonly StoredDocument[] = await pageOf("customers_v2", after, PAGE);
    for (const { fields, key } of page) {
      const { phone } = fields;
      const isListed = typeof phone === "string" && textsUnlike?.test(phone) === true;
      if (!isListed && matches(phone)) found.push(key);
    }
    if (page.length < PAGE) break;
    after = page.at(-1)?.key ?? null;
  }
  return found;
}
