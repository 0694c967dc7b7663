import type { CeilingName, CeilingWindow, Pool, RefusedSource } from "../core/ceilings.ts";
import type { ClientSource } from "../core/client-source.ts";

/** One event that was counted, so that it can be given back. */
export interface CeilingShare {
  readonly name: CeilingName;
  readonly source: ClientSource;
  readonly counted: readonly (CeilingWindow & { readonly pool: Pool })[];
}

export type CeilingVerdict =
  | { readonly allowed: true; readonly share: CeilingShare }
  | {
      readonly allowed: false;
      /** Whose turn it is to wait: the address, its network, or every stranger. */
      readonly by: RefusedSource;
      /** The window that refused. */
      readonly window: CeilingWindow;
      /** Until that window ends. */
      readonly resetMs: number;
    };

/**
 * The ceilings of the whole service, shared by all nodes. Known devices have lanes of their own and
 * do not come here.
 *
 * Promises, checked by test/contract/ceilings/ceilings.suite.ts:
 * - one call judges address, network and service together, in all windows; a refused event is
 *   counted nowhere;
 * - it judges as `poolFor` (core/ceilings.ts) does, however many takes run at once, on any number
 *   of processes;
 * - a share that is given back can be taken again; one of a window that is over changes nothing;
 * - a network stays proven for 30 days after it was last noted;
 * - names are apart; a store sees no address and no network in clear;
 * - what is kept is bounded by the limits and ends with its window;
 * - a store that is down either throws AdapterError `unavailable` or is stood in for, per process.
 */
export interface Ceilings {
  /** Counts one event, before anything is decided or compared. */
  take(name: CeilingName, source: ClientSource): Promise<CeilingVerdict>;
  /** Undoes one event, such as a code that was right. To be called once for each share. */
  giveBack(share: CeilingShare): Promise<void>;
  /** Notes that a customer proved a phone from this network just now. */
  noteProven(network: string): Promise<void>;
}
