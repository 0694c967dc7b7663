import { toBase64url } from "../../core/bytes.ts";
import { type FailureOf, rateLimited } from "../../core/failure.ts";
import type { PhoneKey, UserKey } from "../../core/ids.ts";
import {
  type ChallengeRules,
  EMPTY_PHONE_RECORD,
  type PhoneRecord,
  phoneRecordEndsAt,
} from "../../core/otp/phone-record.ts";
import {
  readStoredPhoneRecord,
  type StoredPhoneRecord,
  storedPhoneRecord,
} from "../../core/otp/stored-phone-record.ts";
import { fail, type Result } from "../../core/result.ts";
import {
  EMPTY_USER_RECORD,
  type UserRecord,
  userRecordEndsAt,
} from "../../core/sessions/user-record.ts";
import { AdapterError } from "../../ports/adapter-error.ts";
import type { Runtime } from "../../ports/runtime.ts";
import type { Json, StateStore, WriteOptions } from "../../ports/state.ts";

/**
 * The ports of records: their store, the platform's clock and randomness, and the rules of a phone.
 */
export interface RecordPorts {
  readonly state: StateStore;
  readonly runtime: Pick<Runtime, "now" | "randomBytes" | "sleep">;
  readonly rules: { readonly challenge: ChallengeRules };
}

/** The result of a decision: the record to write, or null for no write, and the outcome. */
interface Change<R, T> {
  readonly record: R | null;
  readonly outcome: T;
}

/** A record as it was read; version null: no record existed. */
export interface Stored<R> {
  readonly record: R;
  readonly version: string | null;
}

interface Kind<R> {
  readonly empty: R;
  /** The version of the stored shape, for later versions of the code. */
  readonly version: number;
  stored(record: R): unknown;
  /** Reads the shape of this version and of every earlier one. */
  read(stored: unknown): R;
  endsAt(record: R, ports: RecordPorts): number;
}

const MAX_TRIES = 12;

const PHONE: Kind<PhoneRecord> = {
  empty: EMPTY_PHONE_RECORD,
  version: 2,
  stored: storedPhoneRecord,
  read: (stored) => readStoredPhoneRecord(stored as StoredPhoneRecord),
  endsAt: (record, { rules }) => phoneRecordEndsAt(record, rules.challenge),
};
const USER: Kind<UserRecord> = {
  empty: EMPTY_USER_RECORD,
  version: 1,
  stored: (record) => record,
  read: (stored) => stored as UserRecord,
  endsAt: userRecordEndsAt,
};

const phoneName = (key: PhoneKey): string => `phone/${key}`;
const userName = (key: UserKey): string => `user/${key}`;

type Decide<R, T> = (record: R, now: number) => Change<R, T> | Promise<Change<R, T>>;
type Lost = Result<never, FailureOf<"rate-limited">>;

/**
 * Decides on a phone's record and writes the result; after a lost race, again from the start.
 *
 * @param start the record as the caller has just read it, which saves a read
 */
export function changePhoneRecord<T>(
  ports: RecordPorts,
  key: PhoneKey,
  decide: Decide<PhoneRecord, T>,
  start?: Stored<PhoneRecord>,
): Promise<T | Lost> {
  return change(ports, phoneName(key), PHONE, decide, start);
}

/** The same for a user's record. */
export function changeUserRecord<T>(
  ports: RecordPorts,
  key: UserKey,
  decide: Decide<UserRecord, T>,
  start?: Stored<UserRecord>,
): Promise<T | Lost> {
  return change(ports, userName(key), USER, decide, start);
}

export function readPhoneRecord(ports: RecordPorts, key: PhoneKey): Promise<Stored<PhoneRecord>> {
  return read(ports, phoneName(key), PHONE);
}

export function readUserRecord(ports: RecordPorts, key: UserKey): Promise<Stored<UserRecord>> {
  return read(ports, userName(key), USER);
}

async function read<R>(
  { state }: RecordPorts,
  name: string,
  { empty, read: readStored, version }: Kind<R>,
): Promise<Stored<R>> {
  const stored = await state.read(name);
  if (stored === null) return { record: empty, version: null };
  const { record, v } = stored.value as unknown as Envelope;
  // A newer version wrote it: its meaning is unknown here, and it must not be overwritten.
  if (!(v <= version))
    throw new AdapterError("state", "read-record", "failed", { cause: undefined });
  return { record: readStored(record), version: stored.version };
}

/** The one loop that applies a pure decision by compare-and-set. */
async function change<R, T>(
  ports: RecordPorts,
  name: string,
  kind: Kind<R>,
  decide: Decide<R, T>,
  start?: Stored<R>,
): Promise<T | Lost> {
  const { runtime, state } = ports;
  let stored = start ?? (await read(ports, name, kind));
  for (let attempt = 1; attempt <= MAX_TRIES; attempt++) {
    const { record: before, version: expect } = stored;
    const { record, outcome } = await decide(before, runtime.now());
    if (record === null) return outcome;
    const value = {
      v: kind.version,
      write: toBase64url(runtime.randomBytes(9)),
      record: kind.stored(record) as Json,
    };
    const expiresAt = kind.endsAt(record, ports);
    if (await isWritten(state, name, value, { expect, expiresAt })) return outcome;
    await backOff(ports, attempt);
    stored = await read(ports, name, kind);
  }
  const now = runtime.now();
  return fail(rateLimited("lost-race", now, now));
}

interface Envelope {
  readonly v: number;
  /** Names the write, so that a later read can recognise it. */
  readonly write: string;
  readonly record: Json;
}

/**
 * Writes. Where the store failed, reads whether the write took effect all the same: a lost answer
 * must neither waste a proof nor count a wrong code twice.
 */
async function isWritten(
  state: StateStore,
  name: string,
  value: Envelope & { readonly [key: string]: Json },
  options: WriteOptions,
): Promise<boolean> {
  try {
    return (await state.write(name, value, options)) !== null;
  } catch (error) {
    const standing = await state.read(name).catch(() => null);
    if ((standing?.value as Envelope | undefined)?.write === value.write) return true;
    throw error;
  }
}

/** Waits a random time, longer after each lost race, so that racers separate. */
export async function backOff(
  { runtime }: Pick<RecordPorts, "runtime">,
  attempt: number,
): Promise<void> {
  const [random = 0] = runtime.randomBytes(1);
  await runtime.sleep((random / 255) * 5 * attempt);
}
