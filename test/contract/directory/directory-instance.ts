import type { TestContext } from "vitest";
import type { Change, StoredDocument } from "../../../src/core/linking/documents.ts";
import type { Directory, WriteOutcome } from "../../../src/ports/directory.ts";

export type Collection = "users" | "customers_v2";
export const COLLECTIONS = ["users", "customers_v2"] as const;

/** A document in relaxed Extended JSON. */
export type RawDocument = Readonly<Record<string, unknown>>;

export interface DirectoryInstance {
  readonly directory: Directory;
  /** The same data through a connection of its own, as another process has it. */
  readonly other: Directory;
  /**
   * Puts documents as they are, whatever stands under their `_id`; without `_id` each gets a new
   * ObjectId, and all of them go in as one batch.
   */
  put(collection: Collection, documents: readonly RawDocument[]): Promise<void>;
  clear(collection: Collection): Promise<void>;
  /** All documents with their `_id`, in any order. */
  documents(collection: Collection): Promise<RawDocument[]>;
  /** How many commands `directory` has sent so far. */
  commands?(): number;
  /** Takes the store away from `directory`. */
  breakIt?(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes an instance with empty collections of its own. `unique`: with the two unique indexes that
 * a legacy database may have (LEGACY 1), on `users.email` and, not sparse, `customers_v2.user_id`.
 */
export type MakeDirectory = (options: { readonly unique: boolean }) => Promise<DirectoryInstance>;

/** Runs a test on an instance of its own. */
export type With = (
  test: (instance: DirectoryInstance, context: TestContext) => Promise<void>,
  options?: { readonly unique: boolean },
) => (context: TestContext) => Promise<void>;

/** The one document of the collection with this `id`, as `directory` reads it. */
export async function readOne(
  directory: Directory,
  collection: Collection,
  id: string,
): Promise<StoredDocument> {
  const find = collection === "users" ? directory.findUsers : directory.findCustomers;
  const found = await find.call(directory, { ids: [id] });
  if (found[0] === undefined || found.length > 1) throw new Error(`${found.length} with id ${id}`);
  return found[0];
}

export function change(
  directory: Directory,
  collection: Collection,
  read: StoredDocument,
  guards: readonly string[],
  what: Change,
): Promise<WriteOutcome> {
  return collection === "users"
    ? directory.changeUser(read, guards, what)
    : directory.changeCustomer(read, guards, what);
}

/** An Extended JSON ObjectId out of a small number. */
export const oid = (n: number): { readonly $oid: string } => ({ $oid: hex(n) });
export const hex = (n: number): string => `65a1b2c3d4e5f607${n.toString(16).padStart(8, "0")}`;

/** Documents in the order of their `id`: a store gives them in any. */
export const byId = (found: readonly RawDocument[]): RawDocument[] =>
  [...found].sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1));
