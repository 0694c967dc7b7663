/** A value that JSON can hold. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

export interface Versioned {
  readonly value: Json;
  /** Changes with every write of the key, also after a removal or expiry. */
  readonly version: string;
}

export interface WriteOptions {
  /** The version that the stored record must have; null: the key must be absent. */
  readonly expect: string | null;
  /** Epoch ms from which the key is absent. */
  readonly expiresAt: number;
}

/**
 * Small records changed by compare-and-set: one per phone, one per user.
 *
 * Promises, checked by test/contract/state/state.suite.ts:
 * - of any number of writes that expect one version, exactly one succeeds;
 * - an expired key is absent to read, write and remove, from the millisecond `expiresAt` on;
 * - a write replaces value and expiry; a refused write changes nothing;
 * - any text is a key; keys are apart; values come back equal;
 * - a write is durable before it returns and seen by every process;
 * - a store that is down throws AdapterError `unavailable` within 3 s.
 */
export interface StateStore {
  read(key: string): Promise<Versioned | null>;
  /** @returns the new version, or null where the stored version differs */
  write(key: string, value: Json, options: WriteOptions): Promise<string | null>;
  /** @returns false where the stored version differs */
  remove(key: string, options: { readonly expect: string }): Promise<boolean>;
  check(): Promise<void>;
}
