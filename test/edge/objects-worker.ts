import { DurableObject } from "cloudflare:workers";
import { type LimitsCalls, LimitsObject } from "../../src/adapters/durable/limits-object.ts";
import type { ObjectContext, ObjectNamespace } from "../../src/adapters/durable/platform.ts";
import { type StateCalls, StateObject } from "../../src/adapters/durable/state-object.ts";
import { objectClock } from "./object-clock.ts";

export interface TestEnv {
  readonly STATE: ObjectNamespace<StateCalls>;
  readonly LIMITS: ObjectNamespace<LimitsCalls>;
  readonly CRASHING: ObjectNamespace<StateCalls & LimitsCalls>;
  readonly SILENT: ObjectNamespace<StateCalls>;
}

/** A state object whose clock a test turns. */
export class TestStateObject extends StateObject {
  protected override now(): number {
    return objectClock.now;
  }
}

/** Fails on the platform's side of the call, before anything of ours could make a value of it. */
export class CrashingObject extends DurableObject {
  constructor(ctx: ObjectContext, env: unknown) {
    super(ctx, env);
    throw new Error("no object for +919876500001");
  }
}

/** Takes every call and never answers. */
export class SilentObject extends DurableObject {
  read(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 60_000));
  }
}

export { LimitsObject };

export default { fetch: () => new Response(null, { status: 404 }) };
