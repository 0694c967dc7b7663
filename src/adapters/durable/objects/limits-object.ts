import { DurableObject } from "cloudflare:workers";
import type { Budget } from "../../../core/budget.ts";
import type { LimitName, LimitState, Limits } from "../../../ports/limits.ts";
import { endOf, keyValueLimiter } from "../../limiter/key-value-limiter.ts";
import { flexibleLimits } from "../../limiter/limits.ts";
import { type Outcome, outcomeOf } from "../outcome.ts";
import type { ObjectContext, ObjectStorage } from "../platform.ts";

/** The calls of a limits object over RPC. */
export interface LimitsCalls {
  /** @param key already hashed */
  take(name: LimitName, budget: Budget, key: string): Promise<Outcome<LimitState>>;
  giveBack(name: LimitName, budget: Budget, key: string): Promise<Outcome<void>>;
}

/**
 * The counters of one limit and one key: an address, a session, or the whole service. A stranger
 * creates such an object with each invented address, so an object costs as little as possible: one
 * row and one alarm, no table, and nothing for a refused take.
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

  take(name: LimitName, budget: Budget, key: string): Promise<Outcome<LimitState>> {
    return outcomeOf("take", async () => {
      const state = await this.#limitsOf(name, budget).take(name, key);
      if (state.allowed) await this.#wakeLater(state.resetMs);
      return state;
    });
  }

  giveBack(name: LimitName, budget: Budget, key: string): Promise<Outcome<void>> {
    return outcomeOf("give-back", async () => {
      // An object without a counter has nothing to give back, and must not begin to exist.
      const [counted] = this.#storage.kv.list();
      if (counted !== undefined) await this.#limitsOf(name, budget).giveBack(name, key);
    });
  }

  /** After the end of every window there is nothing left to store. */
  async alarm(): Promise<void> {
    this.#awake = false;
    const now = Date.now();
    const ends = [...this.#storage.kv.list()].map(([, count]) => endOf(count));
    const last = Math.max(0, ...ends);
    if (last > now) await this.#storage.setAlarm(last);
    else await this.#storage.deleteAll();
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
