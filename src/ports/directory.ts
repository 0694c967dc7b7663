import type { DocumentKey } from "../core/ids.ts";
import type { Change, StoredDocument } from "../core/linking/documents.ts";

/** Any clause may match; an empty clause matches nothing. Values are compared by type and value. */
export interface UserQuery {
  /** `users.id` */
  readonly ids: readonly string[];
  /** `users._id`, 24 hex digits each */
  readonly objectIds: readonly string[];
  readonly customerIds: readonly string[];
  /** `users.doorstep_customer_id` */
  readonly marks: readonly string[];
  readonly emails: readonly string[];
  /** Spellings of one phone (`spellingsOf`); never empty text, null, an object or an array. */
  readonly phones: readonly (string | number)[];
  /** `users.role`, letter by letter; staff roles only: every customer has the same one. */
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
  /** Documents looked at, whether they match or not. */
  readonly maxDocuments: number;
  /**
   * Where given, only texts that it does not match are asked about: a store that can leaves out
   * the others, and whatever is no text, before it counts. Anchored, and without flags.
   */
  readonly textsUnlike?: RegExp;
}

/** `applied`; `lost`: the document is not as it was read; `duplicate`: a unique index refused. */
export type WriteOutcome = "applied" | "lost" | "duplicate";

/** `duplicate-key`: the `_id` exists; `duplicate`: a unique index on another field refused. */
export type InsertOutcome = "inserted" | "duplicate-key" | "duplicate";

/**
 * The legacy backend's `users` and `customers_v2` (LEGACY 1). Knows nothing of phones or linking:
 * it reads documents as they are and applies guarded single-document writes.
 *
 * Promises, checked by test/contract/directory/directory.suite.ts:
 * - a query is one command, an empty query none; each document comes once; `idShared` is true;
 * - what it returns is what a write compares against, types and missing fields included;
 * - reads see every acknowledged write of any process;
 * - a store that is down throws AdapterError `unavailable` within 3 s.
 */
export interface Directory {
  findCustomers(query: Partial<CustomerQuery>): Promise<StoredDocument[]>;
  findUsers(query: Partial<UserQuery>): Promise<StoredDocument[]>;
  /**
   * Keys of the customers whose `phone` satisfies `matches`, for spellings no index can list.
   * Looks through the collection until a bound is met; runs after the answer, never before it.
   */
  scanCustomers(matches: (phone: unknown) => boolean, bounds: ScanBounds): Promise<DocumentKey[]>;
  /**
   * Applies `change` to the document if its `_id`, `id` and every field of `guards` are exactly
   * as in `read` (missing is not null).
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
  /** Inserts a complete document whose `_id` is the ObjectId of 24 hex digits. */
  insertUser(objectId: string, fields: Readonly<Record<string, unknown>>): Promise<InsertOutcome>;
  /** Throws AdapterError where the store cannot serve. */
  check(): Promise<void>;
}
