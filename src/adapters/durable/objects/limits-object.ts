import { DurableObject } from "cloudflare:workers";
import type { Budget } from "../../../core/budget.ts";
import type { LimitName, LimitState, Limits } from "../../../ports/limits.ts";
import { endOf, keyValueLimiter } from "../../limiter/key-value-limiter.ts";
import { flexibleLimits } from "../../limiter/limits.ts";
import { type Outcome, outcomeOf } from "../outcome.ts";
import type { ObjectContext, ObjectStorage } from "../platform.ts";

/** One counter, as an object counts it. */
export interface ObjectCounter {
  readonly name: LimitName;
  readonly budget: Budget;
  /** Already hashed. */
  readonly key: string;
}

/** The calls of a limits object over RPC. */
export interface LimitsCalls {
  /** @returns a state for each counter, up to the first that refuses */
  takeAll(counters: readonly ObjectCounter[]): Promise<Outcome<readonly LimitState[]>>;
  giveBackAll(counters: readonly ObjectCounter[]): Promise<Outcome<null>>;
}

/**
 * The counters of one network, or a share of the counters that are of no network. A stranger makes
 * a counter with each invented address or field, so a counter costs as little as possible: one row,
 * no table, and nothing for a refused take. An object has one alarm.
 */
export class LimitsObject extends DurableObject implements LimitsCalls {
  readonly #storage: ObjectStorage;
  /** By name and budget: another deployment may have another budget. */
  readonly #limits = new Map<string, Limits>();
  #awake = false;

  constructor(ctx: ObjectContext, env: unknown) {
    super(ctx, env);
    this.#storage = ctx.storage;
  }

  takeAll(counters: readonly ObjectCounter[]): Promise<Outcome<readonly LimitState[]>> {
    return outcomeOf("take", async () => {
      const states: LimitState[] = [];
      for (const { budget, key, name } of counters) {
        const state = await this.#limitsOf(name, budget).take({ name, key, network: null });
        states.push(state);
        if (!state.allowed) break;
      }
      const ends = states.filter(({ allowed }) => allowed).map(({ resetMs }) => resetMs);
      if (ends.length > 0) await this.#wakeLater(Math.max(...ends));
      return states;
    });
  }

  giveBackAll(counters: readonly ObjectCounter[]): Promise<Outcome<null>> {
    return outcomeOf("give-back", async () => {
      for (const { budget, key, name } of counters) {
        await this.#limitsOf(name, budget).giveBackAll([{ name, key, network: null }]);
      }
      return null;
    });
  }

  /**
   * A busy network's counters never end all at once, so each alarm deletes the ended ones. After the
   * end of every window there is nothing left to store.
   */
  async alarm(): Promise<void> {
    this.#awake = false;
    const now = Date.now();
    let last = 0;
    const ended: string[] = [];
    for (const [key, count] of this.#storage.kv.list()) {
      const end = endOf(count);
      if (end <= now) ended.push(key);
      last = Math.max(last, end);
    }
    if (last <= now) return this.#storage.deleteAll();
    for (const key of ended) this.#storage.kv.delete(key);
    await this.#storage.setAlarm(last);
  }

  #limitsOf(name: LimitName, budget: Budget): Limits {
    const id = JSON.stringify([name, budget]);
    const known = this.#limits.get(id);
    if (known !== undefined) return known;
    const limiter = keyValueLimiter(this.#storage.kv);
    const made = flexibleLimits({ [name]: budget }, limiter, async (key) => key);
    this.#limits.set(id, made);
    return made;
  }

  /** One alarm at a time. An alarm that comes too early sets itself anew. */
  async #wakeLater(ms: number): Promise<void> {
    if (this.#awake) return;
    this.#awake = true;
    if ((await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(Date.now() + ms);
  }
}
