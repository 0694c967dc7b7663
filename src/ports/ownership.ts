import type { FieldQuestion, OwnershipQuestion } from "../core/linking/ownership.ts";

/**
 * Promises, checked by test/contract/directory/ownership.suite.ts:
 * - one command, bounded in time; throws AdapterError where the store cannot serve;
 * - throws TypeError, and asks nothing, for an id or owner that is no text or empty, and for names
 *   of a collection or field that could mean anything but themselves;
 * - nothing is remembered: what was written a moment ago is read.
 */
export interface Ownership {
  /**
   * Whether exactly one document of the collection has this `id`, at least one owner field is
   * present there (not missing, not null), and every present one is the owner, letter by letter.
   */
  isOwner(question: OwnershipQuestion): Promise<boolean>;
  /**
   * What the field holds in the one document of the collection that has this `id`; undefined in
   * place of a value where the document has no such field. Null where there is no such document, or
   * several: nobody can say which the backend would take. Numbers and texts are as they are stored;
   * what JSON cannot hold may come in another form.
   */
  readField(question: FieldQuestion): Promise<{ readonly value: unknown } | null>;
}
