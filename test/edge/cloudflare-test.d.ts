/** What the tests use of the Workers runtime and of its Vitest plugin. */
declare module "cloudflare:workers" {
  export const env: import("./objects-worker.ts").TestEnv;
}

declare module "cloudflare:test" {
  type Stub = object;
  export function runInDurableObject<T>(
    stub: Stub,
    look: (
      instance: object,
      ctx: import("../../src/adapters/durable/platform.ts").ObjectContext & {
        /** Resets the object, as a deployment does. */
        abort(reason: string): void;
      },
    ) => T,
  ): Promise<Awaited<T>>;
  /** Runs an alarm that is set at once. @returns whether one was set */
  export function runDurableObjectAlarm(stub: Stub): Promise<boolean>;
  /** Ends the instance and what it holds in memory; its storage stays. */
  export function evictDurableObject(stub: Stub): Promise<void>;
}

declare module "cloudflare:sockets" {
  export function connect(address: { readonly hostname: string; readonly port: number }): {
    readonly opened: Promise<unknown>;
    readonly closed: Promise<unknown>;
    readonly writable: WritableStream<Uint8Array>;
  };
}
