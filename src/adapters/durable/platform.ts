import type { Row, SqlValue } from "../sqlite/sql.ts";

/** As much of a Durable Object's storage as the objects here need: https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/ */
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

/** The objects of one class; `Remote` is what each answers to, over RPC. */
export interface ObjectNamespace<Remote> {
  idFromName(name: string): ObjectId;
  get(id: ObjectId, options?: { readonly locationHint: string }): Remote;
}

/** The platform's own; nothing here looks into it. */
export type ObjectId = unknown;
