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
      ctx: import("../../src/adapters/durable/platform.ts").ObjectContext,
    ) => T,
  ): Promise<Awaited<T>>;
  /** Runs an alarm that is set at once. @returns whether one was set */
  export function runDurableObjectAlarm(stub: Stub): Promise<boolean>;
  /** Ends the instance and what it holds in memory; its storage stays. */
  export function evictDurableObject(stub: Stub): Promise<void>;
}
