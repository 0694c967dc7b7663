import type { OwnershipQuestion } from "../core/linking/ownership.ts";

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
