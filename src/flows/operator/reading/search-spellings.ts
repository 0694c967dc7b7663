import type { DocumentKey, Phone } from "../../../core/ids.ts";
import { holdsOneOf, LISTED_SPELLING, parseStoredPhone } from "../../../core/phone/phone.ts";
import { AdapterError } from "../../../ports/adapter-error.ts";
import type { Gateway } from "../../gateway.ts";

/** A search through the whole collection, for an operator who waits for it. */
export interface SpellingSearch {
  /**
   * The `_id`s of customers who have one of these phones in a spelling that no index can list, or
   * in an unreadable field: a login with such a field is impossible, and only an operator sees why.
   */
  keysOf(phones: readonly Phone[]): Promise<DocumentKey[]>;
  /** False where a search may have ended before it read every record. */
  isComplete(): boolean;
}

const MAX_DOCUMENTS = 100_000_000;
/** A store keeps some of a search's time to read the documents that it found. */
const SURELY_DONE = 0.75;

/** @param maxMs bound on the time of all searches together */
export function spellingSearch(
  { directory, rules, runtime }: Pick<Gateway, "directory" | "rules" | "runtime">,
  maxMs: number,
): SpellingSearch {
  const deadline = runtime.now() + maxMs;
  let complete = true;
  return {
    async keysOf(phones) {
      if (phones.length === 0) return [];
      const startedAt = runtime.now();
      const leftMs = Math.max(1, deadline - startedAt);
      const bounds = { maxMs: leftMs, maxDocuments: MAX_DOCUMENTS, textsUnlike: LISTED_SPELLING };
      const holdsOne = holdsOneOf(phones);
      const wanted = new Set(phones);
      const keys = await directory.scanCustomers((stored) => {
        const phone = parseStoredPhone(stored, rules.phone);
        return phone === null ? holdsOne(stored) : wanted.has(phone);
      }, bounds);
      if (runtime.now() - startedAt > SURELY_DONE * leftMs) complete = false;
      return keys;
    },
    isComplete: () => complete,
  };
}

export type WholeSearch = Pick<SpellingSearch, "keysOf">;

/** For a command that writes: a store that is slower than this is not searched to its end. */
const WHOLE_MS = 20 * 60_000;

/**
 * The search of a command that decides by it: a number that another customer has in a rare spelling
 * must not be given away. A search that may have ended early is an error.
 */
export function wholeSearch(
  gateway: Pick<Gateway, "directory" | "rules" | "runtime">,
): WholeSearch {
  return {
    async keysOf(phones) {
      const search = spellingSearch(gateway, WHOLE_MS);
      const keys = await search.keysOf(phones);
      if (search.isComplete()) return keys;
      throw new AdapterError("directory", "did not read all customers in time", "unavailable", {
        cause: undefined,
      });
    },
  };
}
