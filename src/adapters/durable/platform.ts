import type { Row, SqlValue } from "../sqlite/sql.ts";

/**
 * The used part of a Durable Object's storage:
 * https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/
 */
export interface ObjectStorage {
  readonly sql: {
    exec(query: string, ...values: readonly SqlValue[]): { toArray(): Row[] };
  };
  readonly kv: {
    get(key: string): unknown;
    put(key: string, value: unknown): void;
    delete(key: string): boolean;
    list(): Iterable<readonly [key: string, value: unknown]>;
  };
  transactionSync<T>(work: () => T): T;
  getAlarm(): Promise<number | null>;
  setAlarm(epochMs: number): Promise<void>;
  deleteAll(): Promise<void>;
}

export interface ObjectContext {
  readonly storage: ObjectStorage;
}

/** The objects of one class; `Remote` has the calls of each, over RPC. */
export interface ObjectNamespace<Remote> {
  idFromName(name: string): ObjectId;
  get(id: ObjectId, options?: { readonly locationHint: string }): Remote;
}

/** The platform's own value, never inspected here. */
export type ObjectId = unknown;
