import { LRUCache } from "lru-cache";
import type { OwnershipQuestion } from "../../core/linking/ownership.ts";
import type { Maybe } from "../../core/maybe.ts";
import type { Ownership } from "../../ports/ownership.ts";

const TTL_MS = 10_000;
const MAX_ENTRIES = 5_000;
/** Ids come from requests: a long one is asked about each time, and never cached. */
const MAX_KEY_LENGTH = 512;

/** The questions of `Ownership`; a cached answer is no promise. */
export interface CachedOwnership extends Pick<Ownership, "readField"> {
  isOwner(question: OwnershipQuestion): Maybe<boolean>;
}

/**
 * Answers that are at most ten seconds old, yes and no alike, cached under every value that decided
 * them. An error of the store is not cached.
 *
 * @param now epoch ms
 */
export function cachedOwnership(ownership: Ownership, now: () => number): CachedOwnership {
  const answers = new LRUCache<string, { readonly owned: boolean }>({
    max: MAX_ENTRIES,
    ttl: TTL_MS,
    ttlResolution: 0,
    perf: { now },
  });
  const ask = async (key: string, question: OwnershipQuestion): Promise<boolean> => {
    const owned = await ownership.isOwner(question);
    if (key.length <= MAX_KEY_LENGTH) answers.set(key, { owned });
    return owned;
  };
  return {
    isOwner(question) {
      const key = keyOf(question);
      return answers.get(key)?.owned ?? ask(key, question);
    },
    // A phone that was changed a moment ago must not be set back by a comparison with the old one.
    readField: (question) => ownership.readField(question),
  };
}

/** As JSON, so that no id can imitate the end of another part. */
const keyOf = ({ collection, id, owner, ownerFields }: OwnershipQuestion): string =>
  JSON.stringify([collection, id, owner, ownerFields]);
