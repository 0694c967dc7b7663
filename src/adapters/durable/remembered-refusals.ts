import { LRUCache } from "lru-cache";
import type { ClientSource } from "../../core/address/client-source.ts";
import type { CeilingName } from "../../core/ceilings.ts";
import type { CeilingVerdict } from "../../ports/ceilings.ts";
import type { Runtime } from "../../ports/runtime.ts";

type Refused = Extract<CeilingVerdict, { readonly allowed: false }>;

/** Bound on the refusals that an isolate remembers. */
const MAX_REFUSALS = 10_000;
/** A source's own refusal is remembered for this time: another isolate may give its share back. */
const OWN_GOOD_MS = 10_000;
/** A full service opens again for everyone with the first share that any isolate gives back. */
const FULL_GOOD_MS = 1_000;

/**
 * The refusals that an isolate remembers: a source past its ceiling then costs no question to an
 * object. A share that this isolate gives back, and a network that it notes as proven, count at once.
 * A change in another isolate counts here after ten seconds at most, or after one where the whole
 * service was full.
 */
export interface RememberedRefusals {
  /** @returns null where the objects must be asked */
  find(name: CeilingName, source: ClientSource): Refused | null;
  /** To be called before an object is asked. @returns how to remember the object's refusal */
  asking(name: CeilingName, source: ClientSource): (refused: Refused) => void;
  /** Something changed that may open the way for any source. */
  forget(): void;
}

interface Remembered {
  readonly refused: Refused;
  /** Epoch ms. */
  readonly goodUntil: number;
}

export function rememberedRefusals({ now }: Pick<Runtime, "now">): RememberedRefusals {
  const refusals = new LRUCache<string, Remembered>({ max: MAX_REFUSALS });
  let changes = 0;
  const standing = (key: string): Refused | null => {
    const remembered = refusals.get(key);
    if (remembered === undefined || remembered.goodUntil <= now()) return null;
    const { refused } = remembered;
    return { ...refused, resetMs: refused.window.endsAt - now() };
  };
  const ofNetwork = (name: CeilingName, { network }: ClientSource) => `${name} ${network}`;
  const ofAddress = (name: CeilingName, source: ClientSource) =>
    `${ofNetwork(name, source)} ${source.address}`;
  return {
    // A network that is refused is refused for each of its addresses.
    find: (name, source) => standing(ofNetwork(name, source)) ?? standing(ofAddress(name, source)),
    asking(name, source) {
      const asked = changes;
      return (refused) => {
        // The refusal may be older than the change.
        if (asked !== changes) return;
        const goodMs = refused.by === "service" ? FULL_GOOD_MS : OWN_GOOD_MS;
        const key = refused.by === "address" ? ofAddress(name, source) : ofNetwork(name, source);
        refusals.set(key, {
          refused,
          goodUntil: Math.min(refused.window.endsAt, now() + goodMs),
        });
      };
    },
    forget() {
      changes++;
      refusals.clear();
    },
  };
}
