/** Which document is asked about, and whose it must be. */
export interface OwnershipQuestion {
  /** A collection of the legacy database, named by the policy and never by a request. */
  readonly collection: string;
  /** The `id` that the request named: a text that is not empty. */
  readonly id: string;
  /** Fields that name the owner, in the spellings that the backend has used. */
  readonly ownerFields: readonly string[];
  /** The claim that they must equal: a text that is not empty. */
  readonly owner: string;
}

/**
 * Promises, checked by test/contract/directory/ownership.suite.ts:
 * - one command, bounded in time; throws AdapterError where the store cannot serve;
 * - throws TypeError, and asks nothing, for an id or owner that is no text or empty, and for names
 *   of a collection or field that could mean anything but themselves.
 */
export interface Ownership {
  /**
   * Whether exactly one document of the collection has this `id`, at least one owner field is
   * present there (not missing, not null), and every present one is the owner, letter by letter.
   */
  isOwner(question: OwnershipQuestion): Promise<boolean>;
}
