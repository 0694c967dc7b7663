import { DurableObject } from "cloudflare:workers";
import type { Budget } from "../../core/budget.ts";
import type { LimitName, LimitState, Limits } from "../../ports/limits.ts";
import { flexibleLimits } from "../limiter/limits.ts";
import { sqlLimiter } from "../limiter/sql-limiter.ts";
import { LIMITS_TABLE } from "../sqlite/schema.ts";
import { type ObjectTables, objectTables } from "./object-tables.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { ObjectContext, ObjectStorage } from "./platform.ts";

/** What a limits object answers to over RPC. */
export interface LimitsCalls {
  /** @param key hashed already */
  take(name: LimitName, budget: Budget, key: string): Promise<Outcome<LimitState>>;
  giveBack(name: LimitName, budget: Budget, key: string): Promise<Outcome<void>>;
}

const STEPS = [[LIMITS_TABLE]];
const LAST_END = "SELECT max(expire) AS last FROM limits";

/** The counters of one limit and one key: an address, a session, or the whole service. */
export class LimitsObject extends DurableObject implements LimitsCalls {
  readonly #storage: ObjectStorage;
  readonly #tables: ObjectTables;
  /** By name and budget: another deployment may come with another budget. */
  readonly #limits = new Map<string, Limits>();
  #awake = false;

  constructor(ctx: ObjectContext, env: unknown) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#tables = objectTables(ctx.storage, STEPS);
  }

  take(name: LimitName, budget: Budget, key: string): Promise<Outcome<LimitState>> {
    return outcomeOf("take", async () => {
      this.#tables.make();
      const state = await this.#limitsOf(name, budget).take(name, key);
      await this.#wakeLater(state.resetMs);
      return state;
    });
  }

  giveBack(name: LimitName, budget: Budget, key: string): Promise<Outcome<void>> {
    return outcomeOf("give-back", async () => {
      if (this.#tables.exist()) await this.#limitsOf(name, budget).giveBack(name, key);
    });
  }

  /** When every window is over there is nothing left to know. */
  async alarm(): Promise<void> {
    this.#awake = false;
    if (!this.#tables.exist()) return;
    const [row] = this.#tables.sql.all(LAST_END);
    const last = typeof row?.["last"] === "number" ? row["last"] : 0;
    if (last > Date.now()) await this.#storage.setAlarm(last);
    else await this.#tables.drop();
  }

  #limitsOf(name: LimitName, budget: Budget): Limits {
    const id = JSON.stringify([name, budget]);
    const known = this.#limits.get(id);
    if (known !== undefined) return known;
    const made = flexibleLimits(
      { [name]: budget },
      sqlLimiter(this.#tables.sql),
      async (key) => key,
    );
    this.#limits.set(id, made);
    return made;
  }

  /** One alarm at a time: it looks for itself whether it came too early. */
  async #wakeLater(ms: number): Promise<void> {
    if (this.#awake) return;
    this.#awake = true;
    if ((await this.#storage.getAlarm()) === null) await this.#storage.setAlarm(Date.now() + ms);
  }
}
