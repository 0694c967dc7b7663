import { LRUCache } from "lru-cache";

const MAX_KEPT = 1_000;
/** An IPv4 or IPv6 address or network. Other texts, such as a phone, are not kept in memory. */
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[\da-f]*:[\da-f]*:[\da-f:.]*)(?:\/\d{1,3})?$/;

/**
 * Hashes of the last addresses and networks: one login names its own nine times, to limits and to
 * ceilings, and each hash is an HMAC.
 */
export function rememberedHash(
  hash: (text: string) => Promise<string>,
): (text: string) => Promise<string> {
  const known = new LRUCache<string, string>({ max: MAX_KEPT });
  return async (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const made = await hash(text);
    if (ADDRESS.test(text)) known.set(text, made);
    return made;
  };
}
