import { DurableObject } from "cloudflare:workers";
import {
  type CeilingsCalls,
  CeilingsObject,
} from "../../src/adapters/durable/objects/ceilings-object.ts";
import {
  type LimitsCalls,
  LimitsObject,
} from "../../src/adapters/durable/objects/limits-object.ts";
import { type StateCalls, StateObject } from "../../src/adapters/durable/objects/state-object.ts";
import type { ObjectNamespace } from "../../src/adapters/durable/platform.ts";
import { objectClock } from "./object-clock.ts";

export interface TestEnv {
  readonly STATE: ObjectNamespace<StateCalls>;
  readonly LIMITS: ObjectNamespace<LimitsCalls>;
  readonly CEILINGS: ObjectNamespace<CeilingsCalls>;
  readonly CRASHING: ObjectNamespace<StateCalls & LimitsCalls>;
  readonly SILENT: ObjectNamespace<StateCalls>;
}

/** A state object whose clock a test turns. */
export class TestStateObject extends StateObject {
  protected override now(): number {
    return objectClock.now;
  }
}

const crash = async (): Promise<never> => {
  throw new Error("no object for +919876500001");
};

/** Fails outside what makes values of errors, as the platform does. */
export class CrashingObject extends DurableObject {
  read(): Promise<never> {
    return crash();
  }

  write(): Promise<never> {
    return crash();
  }

  remove(): Promise<never> {
    return crash();
  }

  take(): Promise<never> {
    return crash();
  }

  takeAll(): Promise<never> {
    return crash();
  }

  check(): Promise<never> {
    return crash();
  }
}

/** Takes every call and never answers. */
export class SilentObject extends DurableObject {
  read(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 60_000));
  }
}

export { CeilingsObject, LimitsObject };

export default { fetch: () => new Response(null, { status: 404 }) };
