import { DurableObject } from "cloudflare:workers";
import type { LimitState } from "../../../ports/limits.ts";
import { endOf } from "../../limiter/key-value-limiter.ts";
import { type ObjectCounter, type ObjectCounters, objectCounters } from "../object-counters.ts";
import { type Outcome, outcomeOf } from "../outcome.ts";
import type { ObjectContext, ObjectStorage } from "../platform.ts";
import { tryWrite } from "../try-write.ts";

/** The calls of a limits object over RPC. */
export interface LimitsCalls {
  /** @returns a state for each counter, up to the first that refuses */
  takeAll(counters: readonly ObjectCounter[]): Promise<Outcome<readonly LimitState[]>>;
  giveBackAll(counters: readonly ObjectCounter[]): Promise<Outcome<void>>;
  check(): Promise<Outcome<void>>;
}

/**
 * The counters of one network, or a share of the counters that are of no network. A stranger makes
 * a counter with each invented address or field, so a counter costs as little as possible: one row,
 * no table, and nothing for a refused take. An object has one alarm.
 */
export class LimitsObject extends DurableObject implements LimitsCalls {
  readonly #storage: ObjectStorage;
  readonly #counters: ObjectCounters;
  #awake = false;

  constructor(ctx: ObjectContext, env: unknown) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#counters = objectCounters(ctx.storage.kv);
  }

  takeAll(counters: readonly ObjectCounter[]): Promise<Outcome<readonly LimitState[]>> {
    return outcomeOf("take", async () => {
      const states = await this.#counters.takeAll(counters);
      const taken = states.filter(({ allowed }) => allowed).map(({ resetMs }) => resetMs);
      if (taken.length > 0) await this.#wakeLater(Math.max(...taken));
      return states;
    });
  }

  giveBackAll(counters: readonly ObjectCounter[]): Promise<Outcome<void>> {
    return outcomeOf("give-back", () => this.#counters.giveBackAll(counters));
  }

  check(): Promise<Outcome<void>> {
    return outcomeOf("check", () => tryWrite(this.#storage.kv));
  }

  /**
   * A busy network's counters never end all at once, so each alarm deletes the ended ones. After the
   * end of every window there is nothing left to store.
   */
  async alarm(): Promise<void> {
    this.#awake = false;
    const now = Date.now();
    const ends = [...this.#storage.kv.list()].map(([key, count]) => [key, endOf(count)] as const);
    const last = ends.reduce((latest, [, end]) => Math.max(latest, end), 0);
    if (last <= now) return this.#storage.deleteAll();
    for (const [key, end] of ends) if (end <= now) this.#storage.kv.delete(key);
    await this.#storage.setAlarm(last);
  }

  /** One alarm at a time. An alarm that comes too early sets itself anew. */
  async #wakeLater(ms: number): Promise<void> {
    if (this.#awake) return;
    this.#awake = true;
    if ((await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(Date.now() + ms);
  }
}
