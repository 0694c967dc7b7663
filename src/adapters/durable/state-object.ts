import { DurableObject } from "cloudflare:workers";
import type { Json, StateStore, Versioned, WriteOptions } from "../../ports/state.ts";
import { STATE_TABLE } from "../sqlite/schema.ts";
import { type SqliteState, sqliteState } from "../sqlite/state.ts";
import { type ObjectTables, objectTables } from "./object-tables.ts";
import { type Outcome, outcomeOf } from "./outcome.ts";
import type { ObjectContext, ObjectStorage } from "./platform.ts";

/** What a state object answers to over RPC. */
export interface StateCalls {
  read(key: string): Promise<Outcome<Versioned | null>>;
  write(key: string, value: Json, options: WriteOptions): Promise<Outcome<string | null>>;
  remove(key: string, options: Parameters<StateStore["remove"]>[1]): Promise<Outcome<boolean>>;
  check(): Promise<Outcome<null>>;
}

const STEPS = [[STATE_TABLE]];

/**
 * One record: an object is named by the record's key, so that the platform runs all its requests
 * in one place, one at a time, and answers when what was written is on disk.
 */
export class StateObject extends DurableObject implements StateCalls {
  readonly #storage: ObjectStorage;
  readonly #tables: ObjectTables;
  readonly #state: SqliteState;
  /** When the alarm goes off; undefined: not known yet. */
  #alarm: number | null | undefined;

  constructor(ctx: ObjectContext, env: unknown) {
    super(ctx, env);
    this.#storage = ctx.storage;
    this.#tables = objectTables(ctx.storage, STEPS);
    this.#state = sqliteState(this.#tables.sql, {
      now: () => this.now(),
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    });
  }

  /** Epoch ms. One object, one clock: no two servers disagree about whether its record is over. */
  protected now(): number {
    return Date.now();
  }

  read(key: string): Promise<Outcome<Versioned | null>> {
    return outcomeOf("read", () => (this.#tables.exist() ? this.#state.read(key) : null));
  }

  write(key: string, value: Json, options: WriteOptions): Promise<Outcome<string | null>> {
    return outcomeOf("write", async () => {
      await this.#knowAlarm();
      if (options.expect !== null && !this.#tables.exist()) return null;
      this.#tables.make();
      // From here to the alarm nothing is awaited: the platform keeps both or neither.
      const written = this.#state.write(key, value, options);
      this.#wakeBy(options.expiresAt);
      return written;
    });
  }

  remove(key: string, options: Parameters<StateStore["remove"]>[1]): Promise<Outcome<boolean>> {
    return outcomeOf("remove", () =>
      this.#tables.exist() ? this.#state.remove(key, options) : false,
    );
  }

  check(): Promise<Outcome<null>> {
    return outcomeOf("check", async () => {
      if (this.#tables.exist()) await this.#state.check();
      return null;
    });
  }

  /** Deletes what expired; an object without a record deletes itself. */
  async alarm(): Promise<void> {
    this.#alarm = null;
    if (!this.#tables.exist()) return;
    await this.#state.sweep(this.now());
    const [row] = this.#tables.sql.all("SELECT min(expires_at) AS next FROM state");
    if (typeof row?.["next"] === "number") this.#wakeBy(row["next"]);
    else await this.#tables.drop();
  }

  async #knowAlarm(): Promise<void> {
    if (this.#alarm !== undefined) return;
    const set = await this.#storage.getAlarm();
    this.#alarm ??= set;
  }

  /** A record that lives longer than it first said finds the alarm too early, which sets it anew. */
  #wakeBy(epochMs: number): void {
    if (typeof this.#alarm === "number" && this.#alarm <= epochMs) return;
    this.#alarm = epochMs;
    void this.#storage.setAlarm(epochMs);
  }
}
