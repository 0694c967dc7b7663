import { DurableObject } from "cloudflare:workers";
import {
  type CeilingDecision,
  type CeilingName,
  type CeilingWindow,
  decideCeiling,
  type Pool,
  type WindowCounts,
} from "../../../core/ceilings.ts";
import type { CeilingShare } from "../../../ports/ceilings.ts";
import { windowName } from "../../ceilings/counted-ceilings.ts";
import { askObject } from "../ask-object.ts";
import { type Outcome, outcomeOf } from "../outcome.ts";
import type { ObjectContext, ObjectNamespace, ObjectStorage } from "../platform.ts";

/** One event of one source; `address` is already hashed. */
export interface CeilingEvent {
  readonly name: CeilingName;
  readonly windows: readonly CeilingWindow[];
  readonly address: string;
  /** Epoch ms, by the clock of the asking Worker. */
  readonly at: number;
  /** The name of the service's object. */
  readonly service: string;
  /** The region where the service's object is made. */
  readonly locationHint?: string | undefined;
}

/** A network's own share, for the service's object, by window. */
export interface NetworkClaim {
  readonly name: CeilingName;
  readonly windows: readonly CeilingWindow[];
  readonly counts: readonly Pick<WindowCounts, "ofAddress" | "ofNetwork" | "reserveOfNetwork">[];
  readonly isProven: boolean;
  readonly at: number;
}

/** A share that a network's object gives back to the service's object. */
export interface ReturnedShare {
  readonly name: CeilingName;
  readonly counted: CeilingShare["counted"];
  /** By window: whether this was the network's last event. */
  readonly isLast: readonly boolean[];
  readonly at: number;
}

/** The calls over RPC: the first three are for a network's object, the others for the service's. */
export interface CeilingsCalls {
  take(event: CeilingEvent): Promise<Outcome<CeilingDecision>>;
  giveBack(event: CeilingEvent, counted: CeilingShare["counted"]): Promise<Outcome<null>>;
  prove(until: number): Promise<Outcome<null>>;
  decide(claim: NetworkClaim): Promise<Outcome<CeilingDecision>>;
  takeBack(share: ReturnedShare): Promise<Outcome<null>>;
}

/** One window's numbers. A network's object has `addresses`; the service's has `networks`. */
interface Tally {
  readonly endsAt: number;
  common: number;
  reserve: number;
  networks: number;
  readonly addresses: Map<string, number>;
}

const TALLIES = "tallies";
const PROVEN = "proven";
const REPEATABLE = { repeatable: true };

/**
 * The share of one network, or of the service as a whole. A network's object knows its addresses
 * and asks the service's object, which alone knows the total and decides. So an attack from one
 * network keeps one object busy, and a refused event writes nothing in either.
 */
export class CeilingsObject extends DurableObject implements CeilingsCalls {
  readonly #storage: ObjectStorage;
  readonly #objects: ObjectNamespace<CeilingsCalls>;
  #known: Map<string, Tally> | null = null;

  constructor(ctx: ObjectContext, env: { readonly CEILINGS: ObjectNamespace<CeilingsCalls> }) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#objects = env.CEILINGS;
  }

  take(event: CeilingEvent): Promise<Outcome<CeilingDecision>> {
    const { address, at, name, windows } = event;
    return outcomeOf("take-share", async () => {
      const tallies = windows.map((window) => this.#tally(name, window));
      const counts = tallies.map(({ addresses, common, reserve }) => ({
        ofAddress: addresses.get(address) ?? 0,
        ofNetwork: common,
        reserveOfNetwork: reserve,
      }));
      const isProven = Number(this.#storage.kv.get(PROVEN) ?? 0) > at;
      // Counted before the service is asked, so that parallel events see each other.
      for (const tally of tallies) addTo(tally, "common", address, 1);
      const claim = { at, counts, isProven, name, windows };
      const decision = await this.#ask("decide", event, (object) => object.decide(claim)).catch(
        (error: unknown) => {
          for (const tally of tallies) addTo(tally, "common", address, -1);
          throw error;
        },
      );
      tallies.forEach((tally, i) => {
        const pool = decision.allowed ? decision.pools[i] : undefined;
        if (pool !== "common") addTo(tally, "common", address, -1);
        if (pool === "reserve") addTo(tally, "reserve", address, 1);
      });
      if (decision.allowed) await this.#keep(at);
      return decision;
    });
  }

  giveBack(event: CeilingEvent, counted: CeilingShare["counted"]): Promise<Outcome<null>> {
    const { address, at, name } = event;
    return outcomeOf("give-back-share", async () => {
      const isLast = counted.map((window) => {
        const tally = this.#tally(name, window);
        addTo(tally, window.pool, address, -1);
        return tally.common === 0;
      });
      await this.#keep(at);
      const returned = { at, counted, isLast, name };
      await this.#ask("give-back-share", event, (object) => object.takeBack(returned));
      return null;
    });
  }

  prove(until: number): Promise<Outcome<null>> {
    return outcomeOf("note-proven", async () => {
      this.#storage.kv.put(PROVEN, until);
      await this.#wakeBy(until);
      return null;
    });
  }

  decide({ at, counts, isProven, name, windows }: NetworkClaim): Promise<Outcome<CeilingDecision>> {
    return outcomeOf("decide", async () => {
      const countsIn = (window: CeilingWindow): WindowCounts => {
        const { common, networks, reserve } = this.#tally(name, window);
        const own = counts[windows.indexOf(window)];
        if (own === undefined) throw new TypeError("a window without its counts");
        return { common, networks, reserve, ...own };
      };
      const decision = decideCeiling(windows, countsIn, () => isProven);
      if (!decision.allowed) return decision;
      windows.forEach((window, i) => {
        const tally = this.#tally(name, window);
        const pool = decision.pools[i] ?? "common";
        tally[pool] += 1;
        if (pool === "common" && counts[i]?.ofNetwork === 0) tally.networks += 1;
      });
      await this.#keep(at);
      return decision;
    });
  }

  takeBack({ at, counted, isLast, name }: ReturnedShare): Promise<Outcome<null>> {
    return outcomeOf("give-back-share", async () => {
      counted.forEach((window, i) => {
        const tally = this.#tally(name, window);
        tally[window.pool] = Math.max(0, tally[window.pool] - 1);
        if (window.pool === "common" && isLast[i]) tally.networks = Math.max(0, tally.networks - 1);
      });
      await this.#keep(at);
      return null;
    });
  }

  /** Deletes past windows; an object without windows deletes itself. */
  async alarm(): Promise<void> {
    const now = Date.now();
    const proven = Number(this.#storage.kv.get(PROVEN) ?? 0);
    const ends = [proven, ...[...this.#tallies().values()].map(({ endsAt }) => endsAt)];
    const left = ends.filter((end) => end > now);
    if (left.length > 0) {
      await this.#storage.setAlarm(Math.min(...left));
      return;
    }
    this.#known = null;
    await this.#storage.deleteAll();
  }

  #ask<T>(
    operation: string,
    { locationHint, service }: Pick<CeilingEvent, "locationHint" | "service">,
    send: (object: CeilingsCalls) => Promise<Outcome<T>>,
  ): Promise<T> {
    const place = locationHint === undefined ? [] : ([{ locationHint }] as const);
    const get = () => this.#objects.get(this.#objects.idFromName(service), ...place);
    return askObject(operation, REPEATABLE, () => send(get()));
  }

  #tallies(): Map<string, Tally> {
    this.#known ??= (this.#storage.kv.get(TALLIES) as Map<string, Tally> | undefined) ?? new Map();
    return this.#known;
  }

  #tally(name: CeilingName, window: CeilingWindow): Tally {
    const id = windowName(name, window);
    const known = this.#tallies().get(id);
    if (known !== undefined) return known;
    const { endsAt } = window;
    const made = { endsAt, common: 0, reserve: 0, networks: 0, addresses: new Map() };
    this.#tallies().set(id, made);
    return made;
  }

  /** One written row for each event, for any number of windows. */
  async #keep(now: number): Promise<void> {
    for (const [id, { endsAt }] of this.#tallies()) if (endsAt <= now) this.#tallies().delete(id);
    this.#storage.kv.put(TALLIES, this.#tallies());
    const ends = [...this.#tallies().values()].map(({ endsAt }) => endsAt);
    if (ends.length > 0) await this.#wakeBy(Math.max(...ends));
  }

  /** An alarm that comes too early sets itself anew. */
  async #wakeBy(epochMs: number): Promise<void> {
    if ((await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(epochMs);
  }
}

function addTo(tally: Tally, pool: Pool, address: string, by: 1 | -1): void {
  tally[pool] = Math.max(0, tally[pool] + by);
  if (pool === "reserve") return;
  const ofAddress = (tally.addresses.get(address) ?? 0) + by;
  if (ofAddress > 0) tally.addresses.set(address, ofAddress);
  else tally.addresses.delete(address);
}
