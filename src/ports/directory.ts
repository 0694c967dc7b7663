import type { DocumentKey } from "../core/ids.ts";
import type { Change, StoredDocument } from "../core/linking/documents.ts";

/** The legacy collections that the gateway reads and writes: LEGACY section 2. */
export type LegacyCollection = "users" | "customers_v2";

/**
 * A document matches if any clause matches; an empty clause matches nothing. Values are compared by
 * type and value.
 */
export interface UserQuery {
  /** `users.id` */
  readonly ids: readonly string[];
  /** `users._id`, 24 hex digits each */
  readonly objectIds: readonly string[];
  readonly customerIds: readonly string[];
  /** `users.doorstep_customer_id` */
  readonly marks: readonly string[];
  readonly emails: readonly string[];
  /** Spellings of one phone (`spellingsOf`). Never an empty text, null, an object or an array. */
  readonly phones: readonly (string | number)[];
  /** `users.role`, letter by letter. Staff roles only: `customer` would match every customer. */
  readonly roles?: readonly string[];
}

export interface CustomerQuery {
  /** `customers_v2.id` */
  readonly ids: readonly string[];
  /** `customers_v2.user_id` */
  readonly userIds: readonly string[];
  readonly phones: readonly (string | number)[];
  /** `customers_v2._id` */
  readonly keys: readonly DocumentKey[];
}

export interface ScanBounds {
  readonly maxMs: number;
  /** Bound on the documents that are read, matching or not. */
  readonly maxDocuments: number;
  /**
   * An anchored pattern without flags. If given, `matches` sees only texts that do not match the
   * pattern. A store that can filters out all other values before it counts.
   */
  readonly textsUnlike?: RegExp;
}

/** A guarded write of one document. */
export interface GuardedChange {
  readonly read: StoredDocument;
  readonly guards: readonly string[];
  readonly change: Change;
}

/** `applied`; `lost`: the document differs from `read`; `duplicate`: a unique index refused. */
export type WriteOutcome = "applied" | "lost" | "duplicate";

/** `duplicate-key`: the `_id` exists; `duplicate`: a unique index on another field refused. */
export type InsertOutcome = "inserted" | "duplicate-key" | "duplicate";

/**
 * The legacy backend's `users` and `customers_v2` (LEGACY 1). It knows nothing of phones or
 * linking: it reads whole documents and applies guarded writes to single documents.
 *
 * Promises, checked by test/contract/directory/directory.suite.ts:
 * - a query is one command, an empty query none; each document comes once; `idShared` is true;
 * - a write compares against the documents that a query returned, types and missing fields
 *   included;
 * - reads see every acknowledged write of any process;
 * - pages come in an order of `_id` that no write changes: a caller that asks for the next page
 *   until it is empty gets each document once, of any type of `_id`. A document that is inserted
 *   meanwhile may come or not;
 * - a store that is down throws AdapterError `unavailable` within 3 s.
 */
export interface Directory {
  findCustomers(query: Partial<CustomerQuery>): Promise<StoredDocument[]>;
  findUsers(query: Partial<UserQuery>): Promise<StoredDocument[]>;
  /**
   * Keys of the customers with a `phone` that satisfies `matches`, for spellings that no index can
   * list. Reads the collection until a bound is met. Runs after the answer, never before it.
   */
  scanCustomers(matches: (phone: unknown) => boolean, bounds: ScanBounds): Promise<DocumentKey[]>;
  /**
   * Applies `change` to the document if its `_id`, `id` and every field of `guards` are exactly as
   * in `read` (missing is not null).
   */
  changeUser(
    read: StoredDocument,
    guards: readonly string[],
    change: Change,
  ): Promise<WriteOutcome>;
  changeCustomer(
    read: StoredDocument,
    guards: readonly string[],
    change: Change,
  ): Promise<WriteOutcome>;
  /**
   * Many such writes, each for itself: one that is lost leaves the others. Two of one document are
   * made in their order, and the second is judged by what the first has left.
   * Each change sets something of its own, such as a time, by which a write is recognised. At most
   * 1000.
   *
   * @returns the outcomes, in order
   */
  changeMany(
    collection: LegacyCollection,
    writes: readonly GuardedChange[],
  ): Promise<readonly WriteOutcome[]>;
  /** Inserts a complete document with an ObjectId of 24 hex digits as its `_id`. */
  insertUser(objectId: string, fields: Readonly<Record<string, unknown>>): Promise<InsertOutcome>;
  insertCustomer(
    objectId: string,
    fields: Readonly<Record<string, unknown>>,
  ): Promise<InsertOutcome>;
  /**
   * Removes the document if every field is exactly as in `read`, and no field came since. A
   * document that is gone already counts as removed: `applied`. For `doorstep undo`. On MongoDB a
   * field that the legacy backend does not know may come unnoticed in the last moment.
   */
  removeDocument(collection: LegacyCollection, read: StoredDocument): Promise<WriteOutcome>;
  /**
   * The next documents in that order: a walk through the whole collection, for operators.
   *
   * @param after the last key of the page before, in this process or another; null: from the start
   * @param limit at most 1000
   */
  pageOf(
    collection: LegacyCollection,
    after: DocumentKey | null,
    limit: number,
  ): Promise<StoredDocument[]>;
  /** Throws AdapterError where the store cannot serve. */
  check(): Promise<void>;
}
