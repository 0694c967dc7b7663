import { AdapterError } from "../../ports/adapter-error.ts";
import type { CeilingShare, Ceilings } from "../../ports/ceilings.ts";

/**
 * Ceilings that keep working while their store is down: each process then counts for itself, so
 * that a dead store opens no door. A share is given back to the store that counted it.
 */
export function insuredCeilings(shared: Ceilings, own: Ceilings): Ceilings {
  const ownShares = new WeakSet<CeilingShare>();
  return {
    async take(name, source) {
      const verdict = await shared.take(name, source).catch(rethrowUnlessDown);
      if (verdict !== null) return verdict;
      const stoodIn = await own.take(name, source);
      if (stoodIn.allowed) ownShares.add(stoodIn.share);
      return stoodIn;
    },
    giveBack: (share) => (ownShares.has(share) ? own : shared).giveBack(share),
    async noteProven(network) {
      await Promise.all([shared.noteProven(network), own.noteProven(network)]);
    },
  };
}

function rethrowUnlessDown(error: unknown): null {
  if (error instanceof AdapterError && error.kind === "unavailable") return null;
  throw error;
}
