import { DurableObject } from "cloudflare:workers";
import { toHex } from "../../../core/bytes.ts";
import type { Json, StateStore, Versioned, WriteOptions } from "../../../ports/state.ts";
import { type Outcome, outcomeOf } from "../outcome.ts";
import type { ObjectContext, ObjectStorage } from "../platform.ts";
import { tryWrite } from "../try-write.ts";

/** The calls of a state object over RPC. */
export interface StateCalls {
  read(key: string): Promise<Outcome<Versioned | null>>;
  write(key: string, value: Json, options: WriteOptions): Promise<Outcome<string | null>>;
  remove(key: string, options: Parameters<StateStore["remove"]>[1]): Promise<Outcome<boolean>>;
  check(): Promise<Outcome<void>>;
}

/** The one record of an object, stored under `RECORD`. */
interface StoredRecord {
  /** JSON text, so that the value comes back equal, with its members in their order. */
  readonly value: string;
  readonly version: string;
  /** Epoch ms. */
  readonly expiresAt: number;
}

const RECORD = "record";
/** 96 random bits: a counter would begin again, and meet its old values, after a remove. */
const VERSION_BYTES = 12;
/** Objects written before 2026-12 have their record in a table, and this key beside it. */
const OLD_SCHEMA = "schema";
const OLD_RECORD = "SELECT value, version, expires_at FROM state";

/**
 * One record. The object is named by the record's key, so that the platform runs all its requests
 * in one place, one at a time, and answers when the write is on disk. Any stranger creates such an
 * object with an invented phone. So a write is one row, the first write one alarm more, and no
 * table is made.
 */
export class StateObject extends DurableObject implements StateCalls {
  readonly #storage: ObjectStorage;
  /** Time of the alarm; undefined: not read yet. */
  #alarm: number | null | undefined;

  constructor(ctx: ObjectContext, env: unknown) {
    super(ctx, env);
    this.#storage = ctx.storage;
  }

  /** Epoch ms. One object, one clock: no two servers disagree about a record's end. */
  protected now(): number {
    return Date.now();
  }

  read(_key: string): Promise<Outcome<Versioned | null>> {
    return outcomeOf("read", () => {
      const record = this.#live();
      return record && { value: JSON.parse(record.value) as Json, version: record.version };
    });
  }

  write(
    _key: string,
    value: Json,
    { expect, expiresAt }: WriteOptions,
  ): Promise<Outcome<string | null>> {
    return outcomeOf("write", async () => {
      await this.#knowAlarm();
      if ((this.#live()?.version ?? null) !== expect) return null;
      const version = toHex(crypto.getRandomValues(new Uint8Array(VERSION_BYTES)));
      // No await from here to the alarm: the platform keeps both writes or neither.
      this.#put({ value: JSON.stringify(value), version, expiresAt });
      await this.#wakeBy(expiresAt);
      return version;
    });
  }

  remove(_key: string, { expect }: Parameters<StateStore["remove"]>[1]): Promise<Outcome<boolean>> {
    return outcomeOf("remove", () => {
      if (this.#live()?.version !== expect) return false;
      return this.#storage.kv.delete(RECORD);
    });
  }

  check(): Promise<Outcome<void>> {
    return outcomeOf("check", () => tryWrite(this.#storage.kv));
  }

  /** Deletes an expired record; an object without a record deletes itself. */
  async alarm(): Promise<void> {
    this.#alarm = null;
    const record = this.#live();
    if (record === null) await this.#storage.deleteAll();
    else await this.#wakeBy(record.expiresAt);
  }

  #live(): StoredRecord | null {
    const record = (this.#storage.kv.get(RECORD) as StoredRecord | undefined) ?? this.#moved();
    return record !== null && record.expiresAt > this.now() ? record : null;
  }

  #put(record: StoredRecord): void {
    this.#storage.kv.put(RECORD, record);
  }

  /** The record of an object that an older version wrote, moved out of its table. */
  #moved(): StoredRecord | null {
    if (this.#storage.kv.get(OLD_SCHEMA) === undefined) return null;
    const [row] = this.#storage.sql.exec(OLD_RECORD).toArray();
    const { value, version, expires_at: expiresAt } = row ?? {};
    const moved = { value, version, expiresAt } as StoredRecord;
    this.#storage.transactionSync(() => {
      if (row !== undefined) this.#put(moved);
      this.#storage.kv.delete(OLD_SCHEMA);
      this.#storage.sql.exec("DROP TABLE state");
    });
    return row === undefined ? null : moved;
  }

  async #knowAlarm(): Promise<void> {
    if (this.#alarm !== undefined) return;
    const set = await this.#storage.getAlarm();
    this.#alarm ??= set;
  }

  /** Where the record's end was extended, the alarm comes too early and sets itself anew. */
  async #wakeBy(epochMs: number): Promise<void> {
    if (typeof this.#alarm === "number" && this.#alarm <= epochMs) return;
    this.#alarm = epochMs;
    try {
      await this.#storage.setAlarm(epochMs);
    } catch (error) {
      // The next write looks for itself: without an alarm the record would stay for ever.
      this.#alarm = undefined;
      throw error;
    }
  }
}
