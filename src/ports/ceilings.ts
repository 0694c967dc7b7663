import type { ClientSource } from "../core/address/client-source.ts";
import type { CeilingName, CeilingWindow, Pool, RefusedSource } from "../core/ceilings.ts";

/** One counted event, so that the caller can give it back. */
export interface CeilingShare {
  readonly name: CeilingName;
  readonly source: ClientSource;
  readonly counted: readonly (CeilingWindow & { readonly pool: Pool })[];
}

export type CeilingVerdict =
  | { readonly allowed: true; readonly share: CeilingShare }
  | {
      readonly allowed: false;
      /** The source that must wait: the address, its network, or every stranger. */
      readonly by: RefusedSource;
      /** The window that refused. */
      readonly window: CeilingWindow;
      /** Milliseconds until that window ends. */
      readonly resetMs: number;
    };

/**
 * The ceilings of the whole service, shared by all nodes. Known devices have lanes of their own and
 * are not counted here.
 *
 * Promises, checked by test/contract/ceilings/ceilings.suite.ts:
 * - one call judges address, network and service together, in all windows; a refused event is
 *   counted nowhere;
 * - the verdicts are those of `poolFor` (core/ceilings.ts), for any number of parallel takes on
 *   any number of processes;
 * - a share that was given back can be taken again; giving back a share of a past window changes
 *   nothing;
 * - a network stays proven for 30 days after its last proof;
 * - names do not share counters; a store sees no address and no network in clear;
 * - the limits bound the number of records, which end with their window;
 * - while the store is down, each process counts for itself or AdapterError `unavailable` is
 *   thrown.
 */
export interface Ceilings {
  /** Counts one event, before anything is decided or compared. */
  take(name: CeilingName, source: ClientSource): Promise<CeilingVerdict>;
  /** Undoes one event, such as a right code. Call once for each share. */
  giveBack(share: CeilingShare): Promise<void>;
  /** Records that a customer proved a phone from this network just now. */
  noteProven(network: string): Promise<void>;
}
