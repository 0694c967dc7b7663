import { LRUCache } from "lru-cache";
import type { LimitState } from "../../ports/limits.ts";
import type { Runtime } from "../../ports/runtime.ts";

/** Refusals that an isolate remembers; beyond them the longest unused is dropped. */
const MAX_REFUSALS = 10_000;
/** An event that another isolate gave back takes effect here after this time at the latest. */
const REFUSAL_GOOD_MS = 60_000;

interface Refusal {
  readonly state: LimitState;
  /** Epoch ms. */
  readonly at: number;
}

/** The counters that an isolate knows as spent: they cost no question to an object. */
export interface SpentCounters {
  /** @returns the refusal with the time that is left of it, or null: the object must be asked */
  find(id: string): LimitState | null;
  /** To be called before an object is asked. @returns how to remember the object's refusal */
  asking(): (id: string, refusal: LimitState) => void;
  /** An event of this counter was given back. */
  forget(id: string): void;
}

export function spentCounters({ now }: Pick<Runtime, "now">): SpentCounters {
  const refusals = new LRUCache<string, Refusal>({ max: MAX_REFUSALS });
  let givenBack = 0;
  return {
    find(id) {
      const refusal = refusals.get(id);
      if (refusal === undefined) return null;
      const { at, state } = refusal;
      const resetMs = at + state.resetMs - now();
      return resetMs > 0 && now() < at + REFUSAL_GOOD_MS ? { ...state, resetMs } : null;
    },
    asking() {
      const asked = givenBack;
      return (id, state) => {
        // The refusal may be older than the event that was given back.
        if (asked === givenBack) refusals.set(id, { state, at: now() });
      };
    },
    forget(id) {
      givenBack++;
      refusals.delete(id);
    },
  };
}
