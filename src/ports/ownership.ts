import type { FieldQuestion, OwnershipQuestion } from "../core/linking/ownership.ts";

/**
 * Questions about the owner of a document, for the policy.
 *
 * Promises, checked by test/contract/directory/ownership.suite.ts:
 * - one command, bounded in time; throws AdapterError where the store cannot serve;
 * - throws TypeError, and asks nothing, for an id or owner that is empty or no text, and for a
 *   collection or field name with characters that a store could interpret;
 * - nothing is cached: a read sees the write of a moment ago.
 */
export interface Ownership {
  /**
   * Whether exactly one document of the collection has this `id`, at least one owner field is
   * present there (not missing, not null), and every present owner field equals the owner, letter
   * by letter.
   */
  isOwner(question: OwnershipQuestion): Promise<boolean>;
  /**
   * The value of the field in the one document of the collection with this `id`; undefined in place
   * of the value where the document has no such field. Null where no document or several have this
   * `id`: the backend might take any of several. Numbers and texts come as they are stored; a value
   * that JSON cannot hold may come in another form.
   */
  readField(question: FieldQuestion): Promise<{ readonly value: unknown } | null>;
}
