import type { DocumentKey } from "../../core/ids.ts";
import type { Change, StoredDocument } from "../../core/linking/documents.ts";
import type { FieldQuestion, OwnershipQuestion } from "../../core/linking/ownership.ts";
import type {
  CustomerQuery,
  Directory,
  InsertOutcome,
  LegacyCollection,
  UserQuery,
  WriteOutcome,
} from "../../ports/directory.ts";
import type { Ownership } from "../../ports/ownership.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";

type Fields = StoredDocument["fields"];

/**
 * A customer with a phone for the Worker to check; `phone` is absent where the document has none.
 */
export interface Candidate {
  readonly key: DocumentKey;
  readonly phone?: unknown;
}

/** `ScanBounds` in a form that RPC can carry. */
export interface CandidateBounds {
  readonly maxMs: number;
  readonly maxDocuments: number;
  /** A regular expression's source. */
  readonly textsUnlike: string | null;
}

/** The calls of a directory object: the ports, with values in place of functions. */
export interface DirectoryCalls {
  findUsers(query: Partial<UserQuery>): Promise<Outcome<StoredDocument[]>>;
  findCustomers(query: Partial<CustomerQuery>): Promise<Outcome<StoredDocument[]>>;
  /** Null: another pass was running, ask again. */
  candidates(bounds: CandidateBounds): Promise<Outcome<Candidate[] | null>>;
  changeUser(
    read: StoredDocument,
    guards: readonly string[],
    change: Change,
  ): Promise<Outcome<WriteOutcome>>;
  changeCustomer(
    read: StoredDocument,
    guards: readonly string[],
    change: Change,
  ): Promise<Outcome<WriteOutcome>>;
  insertUser(objectId: string, fields: Fields): Promise<Outcome<InsertOutcome>>;
  insertCustomer(objectId: string, fields: Fields): Promise<Outcome<InsertOutcome>>;
  removeDocument(
    collection: LegacyCollection,
    read: StoredDocument,
  ): Promise<Outcome<WriteOutcome>>;
  pageOf(
    collection: LegacyCollection,
    after: DocumentKey | null,
    limit: number,
  ): Promise<Outcome<StoredDocument[]>>;
  isOwner(question: OwnershipQuestion): Promise<Outcome<boolean>>;
  /** Without `value` where the document has no such field. */
  readField(question: FieldQuestion): Promise<Outcome<{ readonly value?: unknown } | null>>;
  check(): Promise<Outcome<null>>;
}

export type AnswerTo<Name extends keyof DirectoryCalls> = Awaited<ReturnType<DirectoryCalls[Name]>>;

/** A directory object over RPC: one method, which gets the call's name. */
export interface DirectoryRemote {
  ask<Name extends keyof DirectoryCalls>(
    name: Name,
    ...args: Parameters<DirectoryCalls[Name]>
  ): Promise<AnswerTo<Name>>;
}

export function answerTo<Name extends keyof DirectoryCalls>(
  calls: DirectoryCalls,
  name: Name,
  args: Parameters<DirectoryCalls[Name]>,
): Promise<AnswerTo<Name>> {
  // The compiler does not see that the method and its parameters belong to the same name.
  const answer = calls[name] as unknown as (
    ...args: Parameters<DirectoryCalls[Name]>
  ) => Promise<AnswerTo<Name>>;
  return answer(...args);
}

/** The conversion of a store's values for RPC. */
export interface WireValues {
  value(stored: unknown): unknown;
  fields(stored: Fields): Fields;
  storedFields(wire: Fields): Fields;
  storedChange(wire: Change): Change;
}

/** The calls of an object that holds the store itself. */
export function directoryCalls(
  directory: Directory,
  ownership: Ownership,
  wire: WireValues,
): DirectoryCalls {
  const sent = (documents: readonly StoredDocument[]): StoredDocument[] =>
    documents.map((document) => ({ ...document, fields: wire.fields(document.fields) }));
  const asRead = (read: StoredDocument): StoredDocument => ({
    ...read,
    fields: wire.storedFields(read.fields),
  });
  return {
    findUsers: (query) =>
      outcomeOf("find-users", async () => sent(await directory.findUsers(query))),
    findCustomers: (query) =>
      outcomeOf("find-customers", async () => sent(await directory.findCustomers(query))),
    candidates: (bounds) => outcomeOf("scan-customers", () => candidates(directory, wire, bounds)),
    changeUser: (read, guards, change) =>
      outcomeOf("change-user", () =>
        directory.changeUser(asRead(read), guards, wire.storedChange(change)),
      ),
    changeCustomer: (read, guards, change) =>
      outcomeOf("change-customer", () =>
        directory.changeCustomer(asRead(read), guards, wire.storedChange(change)),
      ),
    insertUser: (objectId, fields) =>
      outcomeOf("insert-user", () => directory.insertUser(objectId, wire.storedFields(fields))),
    insertCustomer: (objectId, fields) =>
      outcomeOf("insert-customer", () =>
        directory.insertCustomer(objectId, wire.storedFields(fields)),
      ),
    removeDocument: (collection, read) =>
      outcomeOf("remove", () => directory.removeDocument(collection, asRead(read))),
    pageOf: (collection, after, limit) =>
      outcomeOf("page", async () => sent(await directory.pageOf(collection, after, limit))),
    isOwner: (question) => outcomeOf("find-owner", () => ownership.isOwner(question)),
    readField: (question) =>
      outcomeOf("find-owner", async () => {
        const read = await ownership.readField(question);
        return read?.value === undefined ? read && {} : { value: wire.value(read.value) };
      }),
    check: () =>
      outcomeOf("check", async () => {
        await directory.check();
        return null;
      }),
  };
}

/** Every customer that the scan reads: the Worker decides whether the phone matches. */
async function candidates(
  directory: Directory,
  wire: WireValues,
  { textsUnlike, ...bounds }: CandidateBounds,
): Promise<Candidate[]> {
  const phones: unknown[] = [];
  const unlike = textsUnlike === null ? {} : { textsUnlike: new RegExp(textsUnlike) };
  const keys = await directory.scanCustomers((phone) => phones.push(phone) > 0, {
    ...bounds,
    ...unlike,
  });
  return keys.map((key, index) => {
    const phone = phones[index];
    return phone === undefined ? { key } : { key, phone: wire.value(phone) };
  });
}
