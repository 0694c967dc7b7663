import { DurableObject } from "cloudflare:workers";
import { ok } from "../../../core/result.ts";
import { storedChange, storedFields, wireFields, wireValue } from "../../mongo/bson-values.ts";
import type { MongoStore } from "../../mongo/connect.ts";
import { mongoDirectory } from "../../mongo/directory.ts";
import { mongoOwnership } from "../../mongo/ownership.ts";
import {
  type AnswerTo,
  answerTo,
  type DirectoryCalls,
  type DirectoryRemote,
  directoryCalls,
} from "../directory-calls.ts";
import { createLease } from "../lease.ts";
import type { Outcome } from "../outcome.ts";

/** The driver reconnects to a lost server by itself. After this time a new client is tried. */
const GIVE_UP_MS = 15_000;
/** The driver's heartbeat would keep an unused object awake, and paid for, for ever. */
const IDLE_MS = 60_000;

/** How long a scan request waits for its turn before it is told to ask again. */
const TURN_MS = 500;

const WIRE = { value: wireValue, fields: wireFields, storedFields, storedChange };

interface Connected {
  readonly store: MongoStore;
  readonly calls: DirectoryCalls;
}

/**
 * Holds the MongoDB driver's client for many requests. A client cannot be kept elsewhere on
 * Workers: a socket belongs to the request, or the object, that opened it.
 */
export abstract class MongoObject<Env> extends DurableObject<Env> implements DirectoryRemote {
  #connected: Connected | null = null;
  #askedAt = 0;
  /** Epoch ms of the first failure since the last answer; null: the last request was answered. */
  #failingSince: number | null = null;
  readonly #passes = createLease({
    now: Date.now,
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
  });

  /** How long the client is kept after the last request. */
  protected idleMs = IDLE_MS;

  /** Makes a client; it connects when it is first needed. */
  protected abstract connect(): MongoStore;

  /** One pass through the customers at a time for all isolates, because all ask the same object. */
  async ask<Name extends keyof DirectoryCalls>(
    name: Name,
    ...args: Parameters<DirectoryCalls[Name]>
  ): Promise<AnswerTo<Name>> {
    const question = () => this.#ask((calls) => answerTo(calls, name, args));
    if (name !== "candidates") return question();
    const [bounds] = args as Parameters<DirectoryCalls["candidates"]>;
    const held = await this.#passes.hold(bounds.maxMs, TURN_MS, question);
    return held ?? (ok(null) as AnswerTo<Name>);
  }

  async #ask<T extends Outcome<unknown>>(
    question: (calls: DirectoryCalls) => Promise<T>,
  ): Promise<T> {
    this.#askedAt = Date.now();
    const { calls, store } = this.#connection();
    const outcome = await question(calls);
    if (outcome.ok || outcome.failure.kind !== "unavailable") {
      this.#failingSince = null;
    } else {
      this.#failingSince ??= Date.now();
      if (Date.now() - this.#failingSince >= GIVE_UP_MS) this.#giveUp(store);
    }
    return outcome;
  }

  #connection(): Connected {
    if (this.#connected !== null) return this.#connected;
    this.#connected = connectedTo(this.connect());
    this.#closeWhenIdle(this.#connected.store, this.idleMs);
    return this.#connected;
  }

  #closeWhenIdle(store: MongoStore, waitMs: number): void {
    setTimeout(() => {
      const leftMs = this.#askedAt + this.idleMs - Date.now();
      if (leftMs <= 0) this.#giveUp(store);
      else if (this.#connected?.store === store) this.#closeWhenIdle(store, leftMs);
    }, waitMs);
  }

  #giveUp(store: MongoStore): void {
    if (this.#connected?.store !== store) return;
    this.#connected = null;
    this.#failingSince = null;
    void store.close().catch(() => undefined);
  }
}

function connectedTo(store: MongoStore): Connected {
  const directory = mongoDirectory(store, { now: Date.now });
  return { store, calls: directoryCalls(directory, mongoOwnership(store), WIRE) };
}
