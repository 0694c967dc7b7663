import type { ClientSource } from "../../core/address/client-source.ts";
import {
  type CeilingBudgets,
  type CeilingName,
  type CeilingWindow,
  decideCeiling,
  type Pool,
  PROVEN_FOR_MS,
  type RefusedSource,
  type WindowCounts,
  windowsAt,
} from "../../core/ceilings.ts";
import type { CeilingShare, Ceilings, CeilingVerdict } from "../../ports/ceilings.ts";
import type { Runtime } from "../../ports/runtime.ts";

/** Numbers by window and key. A number that falls to 0 is deleted. */
export interface Tally {
  /** @returns the existing numbers, by key */
  read(window: string, keys: readonly string[]): ReadonlyMap<string, number>;
  /**
   * Adds 1 or -1 to each number. @param endsAt epoch ms, the end of the window's numbers
   *
   * @returns the new numbers, by key
   */
  change(
    window: string,
    keys: readonly string[],
    by: 1 | -1,
    endsAt: number,
  ): ReadonlyMap<string, number>;
  /** Sets a number to 1, with an end of its own. */
  renew(window: string, key: string, endsAt: number): void;
  /** Drops the numbers of past windows. @param now epoch ms */
  forget(now: number): void;
}

/** A tally, and a way to make several reads and changes of it atomic. */
export interface TallyStore {
  readonly tally: Tally;
  /** Runs all of `work` or nothing, and keeps other processes out meanwhile. */
  atomically<T>(operation: string, work: () => T): T | Promise<T>;
}

export interface CountedOptions extends Pick<Runtime, "now"> {
  readonly budgets: CeilingBudgets;
  /** Hashes a source: an address in a store is personal data. */
  readonly hash: (text: string) => Promise<string>;
}

/** Proven networks are a window of their own without an end; each of its keys has an end. */
const PROVEN = "proven";

/** Ceilings on a tally with atomic reads and changes, such as a transaction of SQLite. */
export function countedCeilings(
  { budgets, hash, now }: CountedOptions,
  { atomically, tally }: TallyStore,
): Ceilings {
  return {
    async take(name, source) {
      const hashed = await hashedSource(hash, source);
      const at = now();
      const windows = windowsAt(budgets[name], at);
      return atomically("take", () => {
        tally.forget(at);
        const isProven = () => tally.read(PROVEN, [hashed.network]).size > 0;
        const countsIn = (window: CeilingWindow) =>
          readCounts(tally, windowName(name, window), hashed);
        const decision = decideCeiling(windows, countsIn, isProven);
        if (!decision.allowed) return refusedVerdict(decision, at);
        const share = shareOf(name, source, windows, decision.pools);
        for (const window of share.counted) change(tally, name, window, hashed, 1);
        return { allowed: true, share };
      });
    },
    async giveBack({ counted, name, source }) {
      const hashed = await hashedSource(hash, source);
      const standing = counted.filter(({ endsAt }) => endsAt > now());
      await atomically("give-back", () => {
        for (const window of standing) change(tally, name, window, hashed, -1);
      });
    },
    async noteProven(network) {
      const hashed = await hash(network);
      const until = now() + PROVEN_FOR_MS;
      await atomically("note-proven", () => tally.renew(PROVEN, hashed, until));
    },
  };
}

/** Windows of one length with the same end are one window, on every node. */
export const windowName = (name: CeilingName, { endsAt, windowMs }: CeilingWindow): string =>
  `${name}/${windowMs / 1000}/${endsAt / 1000}`;

const keysOf = ({ address, network }: ClientSource) => ({
  address: `a/${address}`,
  network: `n/${network}`,
  reserveOfNetwork: `r/${network}`,
});

function readCounts(tally: Tally, window: string, source: ClientSource): WindowCounts {
  const { address, network, reserveOfNetwork } = keysOf(source);
  const keys = ["common", "networks", "reserve", address, network, reserveOfNetwork];
  const numbers = tally.read(window, keys);
  const of = (key: string) => numbers.get(key) ?? 0;
  return {
    common: of("common"),
    networks: of("networks"),
    ofAddress: of(address),
    ofNetwork: of(network),
    reserve: of("reserve"),
    reserveOfNetwork: of(reserveOfNetwork),
  };
}

function change(
  tally: Tally,
  name: CeilingName,
  window: CeilingWindow & { readonly pool: Pool },
  source: ClientSource,
  by: 1 | -1,
): void {
  const { address, network, reserveOfNetwork } = keysOf(source);
  const add = (...keys: readonly string[]) =>
    tally.change(windowName(name, window), keys, by, window.endsAt);
  if (window.pool === "reserve") {
    add(window.pool, reserveOfNetwork);
    return;
  }
  const numbers = add(window.pool, address, network);
  const isFirstOrLast = numbers.get(network) === (by === 1 ? 1 : 0);
  if (isFirstOrLast) add("networks");
}

export async function hashedSource(
  hash: CountedOptions["hash"],
  { address, network }: ClientSource,
): Promise<ClientSource> {
  const [hashedAddress, hashedNetwork] = await Promise.all([hash(address), hash(network)]);
  return { address: hashedAddress, network: hashedNetwork };
}

export const refusedVerdict = (
  { by, window }: { readonly by: RefusedSource; readonly window: CeilingWindow },
  now: number,
): Extract<CeilingVerdict, { readonly allowed: false }> => ({
  allowed: false,
  by,
  window,
  resetMs: window.endsAt - now,
});

export const shareOf = (
  name: CeilingName,
  source: ClientSource,
  windows: readonly CeilingWindow[],
  pools: readonly Pool[],
): CeilingShare => ({
  name,
  source,
  counted: windows.map(({ endsAt, limit, windowMs }, i) => ({
    endsAt,
    limit,
    windowMs,
    pool: pools[i] ?? "common",
  })),
});
