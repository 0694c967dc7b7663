/**
 * The used part of the Workers runtime. Cloudflare's own types redefine the globals of Node and the
 * DOM, which the rest of the code is checked against.
 */
declare module "cloudflare:workers" {
  export abstract class DurableObject<Env = unknown> {
    protected readonly ctx: import("./platform.ts").ObjectContext;
    protected readonly env: Env;
    constructor(ctx: import("./platform.ts").ObjectContext, env: Env);
  }
  /** Keeps the current request alive until `work` is done, for 30 s at most. */
  export function waitUntil(work: Promise<unknown>): void;
}
